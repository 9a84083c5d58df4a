import type { CheckOutcome } from '#src/importer/importer.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { present } from '#src/lib/present.ts';
import type { JobContext } from '#src/queue/consumer.ts';
import type { CheckJob } from '#src/queue/jobs.ts';
import { retryPauseMs } from '#src/queue/retry.ts';
import { StoreError } from '#src/store/store.ts';
import type { LedgerCheck } from '#src/store/ledger.ts';

import type { ImportDeps } from '../import/deps.ts';
import { registryOf } from '../import/follow-up.ts';
import { pullSecrets } from '../import/pull-secrets.ts';
import { stillDue, type Due } from './due.ts';
import { settle, type Answered } from './settle.ts';

/** What a check job came to. */
export interface Checks {
  /** Rows that were settled. */
  readonly checked: number;
  /** Milliseconds that the oldest of them was late. */
  readonly lateMs: number;
}

/**
 * Checks scheduled tags of one host with one HEAD each, however many streams follow them. What moved is imported; what
 * did not costs no write. A failure is written when it is first seen.
 */
export async function checkTags(
  deps: ImportDeps,
  { tags }: CheckJob,
  context: JobContext,
): Promise<Checks> {
  const due = await stillDue(deps, await deps.ledger.rows(tags));
  const asked = await askAll(deps, due, context.signal);
  context.signal.throwIfAborted();
  const answered = asked.filter((each): each is Answered => each.outcome.kind !== 'postponed');
  const postponed = asked.filter(({ outcome }) => outcome.kind === 'postponed');
  // Before they are given back, so that nobody is handed them while the host is left alone.
  if (postponed.length > 0) await deps.registries?.flush();
  await deps.ledger.giveBack(postponed.map(({ row }) => row));
  await deps.ledger.record(await settleAll(deps, answered, context.signal));
  const lateMs = Math.max(0, ...answered.map(({ row }) => row.readAt - row.dueAt));
  return { checked: answered.length, lateMs };
}

/** What is only checked leaves hosts to people, in this process and in others. */
const priority = -1;

async function askAll(
  deps: ImportDeps,
  due: readonly Due[],
  signal: AbortSignal,
): Promise<(Due & { readonly outcome: CheckOutcome })[]> {
  const { objects, importer, clock, metrics } = deps;
  const byNamespace = [...Map.groupBy(due, ({ row }) => row.namespace)];
  const asked = await Promise.all(
    byNamespace.map(async ([namespace, ofNamespace]) => {
      const secrets = await pullSecrets(objects, namespace);
      const items = ofNamespace.map(({ row, spec }) => ({
        from: row.from,
        importPolicy: spec.importPolicy,
        ...present({ known: row.digest, etag: row.etag, acceptProfile: row.acceptProfile }),
      }));
      const now = rfc3339(clock.now());
      const outcomes = await importer.check(items, { secrets, now, signal, priority });
      return ofNamespace.flatMap((each, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) return [];
        metrics.checked(outcome.kind, registryOf(each.row.from));
        return [{ ...each, outcome }];
      });
    }),
  );
  return asked.flat();
}

/** Streams that are brought up to date side by side. */
const atOnce = 4;

async function settleAll(
  deps: ImportDeps,
  answered: readonly Answered[],
  signal: AbortSignal,
): Promise<LedgerCheck[]> {
  const checks: LedgerCheck[] = [];
  const streams = Map.groupBy(answered, ({ row }) => row.uid).values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const ofStream of streams) checks.push(...(await settleOne(deps, ofStream, signal)));
    }),
  );
  return checks;
}

/** What goes wrong with one stream is no reason to leave the others. */
async function settleOne(
  deps: ImportDeps,
  answered: readonly Answered[],
  signal: AbortSignal,
): Promise<LedgerCheck[]> {
  try {
    return await settle(deps, answered, signal);
  } catch (error) {
    if (signal.aborted || error instanceof StoreError) throw error;
    const stream = answered[0]?.row;
    const { namespace, name } = stream ?? {};
    deps.logger.error('a check could not be recorded', { namespace, name, error });
    return answered.map(({ row }) => {
      const { uid, tag, failures, periodMs } = row;
      const pause = retryPauseMs(failures, 0, Math.random) ?? periodMs;
      const failure = 'InternalError: the check could not be recorded';
      const retry = pause < periodMs ? { retryMs: pause } : {};
      return { namespace: row.namespace, name: row.name, uid, tag, failure, ...retry };
    });
  }
}
