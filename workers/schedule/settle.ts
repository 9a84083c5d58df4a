import { identityOf } from '#src/controllers/streams.ts';
import { importCondition, needsImport, newestEvent, statusTag } from '#src/domain/history.ts';
import { isHeld } from '#src/domain/hold.ts';
import { planImport, scheduledTags } from '#src/domain/import-plan.ts';
import type { ImageStream, TagEvent } from '#src/domain/types.ts';
import type {
  CheckAnswer,
  CheckOutcome,
  ImportOutcome,
  SeenManifest,
} from '#src/importer/importer.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { present } from '#src/lib/present.ts';
import { retryPauseMs } from '#src/queue/retry.ts';
import type { LedgerCandidate, LedgerCheck, LedgerRow } from '#src/store/ledger.ts';

import { accessOf } from '../import/access.ts';
import type { ImportDeps } from '../import/deps.ts';
import { count } from '../import/follow-up.ts';
import { importPlanned, type TagsImport } from '../import/stream-job.ts';
import type { Due } from './due.ts';
import { ripened, seenOf } from './min-age.ts';
import { recordFailures } from './record-failures.ts';
import { recordReachable } from './record-reachable.ts';

/** A tag that was asked for, with what came of it. */
export interface Answered extends Due {
  readonly outcome: Exclude<CheckOutcome, { readonly kind: 'postponed' }>;
}

/** What the schedule does with a tag. */
interface Verdict {
  readonly answered: Answered;
  /** The manifest to import; absent when the tag stays where it is. */
  readonly move?: SeenManifest;
  /** Digests that must grow older. */
  readonly candidates?: readonly LedgerCandidate[];
  /** The tag does not take what upstream has. */
  readonly heldBack?: boolean;
}

/** Brings one stream up to what the checks saw; answers what the ledger is to note. */
export async function settle(
  deps: ImportDeps,
  answered: readonly Answered[],
  signal: AbortSignal,
): Promise<LedgerCheck[]> {
  const [first] = answered;
  if (first === undefined) return [];
  const failed = answered.filter(({ outcome }) => outcome.kind === 'failed');
  await recordFailures(deps, first.stream, failed, signal);
  const now = rfc3339(deps.clock.now());
  const verdicts: Verdict[] = [];
  for (const each of answered) verdicts.push(await verdictOf(deps, each, now, signal));
  const staying = verdicts.filter(stays).map(({ answered: { row } }) => row);
  await recordReachable(deps, first.stream, staying, signal);
  const moves = new Map(
    verdicts.flatMap(({ answered: { row }, move }) =>
      move === undefined ? [] : [[row.tag, move] as const],
    ),
  );
  const imported =
    moves.size === 0 ? undefined : await importTags(deps, first.stream, moves, signal);
  return verdicts.map((verdict) => noteOf(verdict, imported));
}

async function verdictOf(
  deps: ImportDeps,
  answered: Answered,
  now: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const { spec, stream, row, outcome } = answered;
  if (outcome.kind === 'failed') return { answered };
  if (isHeld(spec, now, outcome.digest)) return { answered, heldBack: true };
  const status = statusTag(stream, row.tag);
  // What an import is queued for anyway is left to it.
  if (needsImport(spec, status)) return { answered };
  const newest = status?.items?.[0];
  if (answered.minAgeMs > 0 && newest !== undefined && !isFirstLook(answered, outcome)) {
    const verdict = await ripened(deps, answered, outcome, signal);
    return { answered, ...verdict };
  }
  const candidates = row.candidates === undefined ? {} : { candidates: [] };
  return {
    answered,
    ...(hasNews(answered, outcome) ? { move: seenOf(outcome) } : {}),
    ...candidates,
  };
}

/** It is left where it is though upstream has something else. */
function stays({ heldBack, move, candidates = [] }: Verdict): boolean {
  return heldBack === true || (move === undefined && candidates.length > 0);
}

/** No check has compared the tag with upstream yet, and this one finds what was imported. */
function isFirstLook({ stream, row }: Answered, { digest }: CheckAnswer): boolean {
  return row.digest === undefined && newestEvent(stream, row.tag)?.image === digest;
}

/** The tag moved, or it is reachable again after a failure. */
function hasNews({ stream, row }: Answered, outcome: CheckAnswer): boolean {
  const status = statusTag(stream, row.tag);
  return (
    outcome.kind === 'changed' ||
    importCondition(status) !== undefined ||
    isBehind(status?.items?.[0], outcome.digest)
  );
}

/** A rollback whose hold has ended; what the ledger has seen is newer than the tag. */
function isBehind(newest: TagEvent | undefined, upstream: string): boolean {
  return newest?.cause === 'rollback' && newest.image !== upstream;
}

async function importTags(
  deps: ImportDeps,
  stream: ImageStream,
  moves: ReadonlyMap<string, SeenManifest>,
  signal: AbortSignal,
): Promise<TagsImport | undefined> {
  // What was recorded since the registry was asked may be newer than its answer.
  const isUntouched = (fresh: ImageStream, tag: string): boolean =>
    newestEvent(fresh, tag)?.image === newestEvent(stream, tag)?.image;
  const work = {
    ...identityOf(stream),
    scheduled: true,
    seenOn: (fresh: ImageStream) => new Map([...moves].filter(([tag]) => isUntouched(fresh, tag))),
  };
  const done = await importPlanned(deps, work, signal, (fresh) => {
    const tags = scheduledTags(fresh)
      .map(({ name }) => name)
      .filter((tag) => {
        const move = moves.get(tag);
        return move !== undefined && (move.exact !== true || isUntouched(fresh, tag));
      });
    return tags.length === 0 ? undefined : planImport(fresh, { tags });
  });
  if (done !== undefined) count(deps, done.asked.tags);
  return done;
}

function noteOf(
  { answered, candidates, heldBack }: Verdict,
  imported: TagsImport | undefined,
): LedgerCheck {
  const { row, outcome } = answered;
  const { namespace, name, uid, tag } = row;
  const answer = imported?.asked.tags.find((each) => each.tag === tag)?.outcome;
  const check = { namespace, name, uid, tag, ...present({ access: accessOf(answer ?? outcome) }) };
  if (answer !== undefined && answer.status.status !== 'Success')
    return { ...check, ...noteOfFailure(answer.status, retryOf(answer, row)) };
  if (outcome.kind === 'failed')
    return { ...check, ...noteOfFailure(outcome.status, retryOf(outcome, row)) };
  if (heldBack === true) return { ...check, seen: outcome.digest };
  const noted = { ...check, ...present({ candidates, seen: waitingOf(outcome, candidates) }) };
  if (answer !== undefined) return { ...noted, ...noteOfImport(answer) };
  if (outcome.kind === 'changed') return noted;
  const { digest, etag, acceptProfile } = outcome;
  return { ...noted, digest, ...present({ etag, acceptProfile }) };
}

/** What upstream has, where the tag waits for it to grow older. */
function waitingOf(
  { digest }: CheckAnswer,
  candidates: readonly LedgerCandidate[] = [],
): string | undefined {
  return candidates.some((each) => each.digest === digest) ? digest : undefined;
}

function noteOfImport(outcome: ImportOutcome): Partial<LedgerCheck> {
  const { upstreamDigest: digest, upstreamEtag: etag } = outcome;
  return present({ digest, etag, acceptProfile: outcome.upstreamAcceptProfile });
}

function noteOfFailure(
  { reason, message = '' }: ImportOutcome['status'],
  retryMs: number | undefined,
): Partial<LedgerCheck> {
  return {
    failure: `${reason ?? 'Unknown'}: ${message}`,
    ...(retryMs === undefined ? {} : { retryMs }),
  };
}

/** Before the next turn, where the failure may pass by itself and the turn is far. */
function retryOf(
  { temporary, retryAfterMs = 0 }: { readonly temporary?: boolean; readonly retryAfterMs?: number },
  { failures, periodMs }: LedgerRow,
): number | undefined {
  if (temporary !== true) return undefined;
  const pause = retryPauseMs(failures, retryAfterMs, Math.random);
  return pause === undefined || pause >= periodMs ? undefined : pause;
}
