import { importCondition, statusTag } from '#src/domain/history.ts';
import { ripen } from '#src/domain/schedule.ts';
import type { CheckAnswer, SeenManifest } from '#src/importer/importer.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { present } from '#src/lib/present.ts';
import type { LedgerCandidate } from '#src/store/ledger.ts';

import type { ImportDeps } from '../import/deps.ts';
import { pullSecrets } from '../import/pull-secrets.ts';
import type { Due } from './due.ts';

/** Where a tag with a minimum age goes, and what it waits for. */
export interface Ripened {
  readonly move?: SeenManifest;
  readonly candidates: readonly LedgerCandidate[];
}

/** Never reads the tag itself: that could be younger than what was decided on. */
export async function ripened(
  deps: ImportDeps,
  due: Due,
  outcome: CheckAnswer,
  signal: AbortSignal,
): Promise<Ripened> {
  const { row, stream, minAgeMs } = due;
  const { digest: current, candidates = [], readAt, tag } = row;
  const known = { candidates, current, upstream: outcome.digest };
  const { take, candidates: left } = ripen(known, minAgeMs, readAt);
  if (take === outcome.digest)
    return { move: { ...seenOf(outcome), exact: true }, candidates: left };
  if (take !== undefined) {
    const found = await stillThere(deps, due, take, signal);
    if (found !== undefined) return { move: found, candidates: left };
    return { candidates: candidates.filter(({ digest }) => digest !== take) };
  }
  // It failed the last time and can be reached again: the tag stays where it is, without the condition.
  const hasFailed = importCondition(statusTag(stream, tag)) !== undefined;
  if (!hasFailed || current === undefined) return { candidates: left };
  return { move: { digest: current, mediaType: '', size: 0, exact: true }, candidates: left };
}

/** What a check saw, to be imported. */
export function seenOf({ digest, mediaType, size, toldTo }: CheckAnswer): SeenManifest {
  return { digest, mediaType, size, ...present({ toldTo }) };
}

/** A digest that upstream has left behind, where the registry still has it. */
async function stillThere(
  { objects, importer, clock }: ImportDeps,
  { row, spec }: Due,
  digest: string,
  signal: AbortSignal,
): Promise<SeenManifest | undefined> {
  const from = `${row.repository}@${digest}`;
  const secrets = await pullSecrets(objects, row.namespace);
  const now = rfc3339(clock.now());
  const [answer] = await importer.check([{ from, importPolicy: spec.importPolicy }], {
    secrets,
    now,
    signal,
  });
  if (answer?.kind !== 'changed') return undefined;
  return { ...seenOf(answer), exact: true };
}
