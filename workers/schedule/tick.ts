import type { CheckRepositoryJob, ScheduledTag } from '#src/queue/jobs.ts';
import type { ScheduleQueue } from '#src/queue/producers.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Ledger, LedgerRow } from '#src/store/ledger.ts';

export interface TickDeps {
  readonly ledger: Pick<Ledger, 'claimDue'>;
  readonly queue: Pick<ScheduleQueue, 'enqueueChecks'>;
  readonly clock: Clock;
}

/** Rows claimed in one round trip. */
const claimRows = 500;
/** A tick hands out at most so many rounds; the next tick goes on. */
const maxRounds = 20;
/** A check that was lost with its worker and its queue is handed out again after this time. */
const claimMs = 2 * 60_000;
/** Tags of one repository in one job: enough to share a token, few enough for a job of seconds. */
const tagsPerCheck = 50;

/** Hands out the checks of all scheduled tags that are due. */
export async function tick({ ledger, queue, clock }: TickDeps, signal: AbortSignal): Promise<void> {
  for (let round = 0; round < maxRounds && !signal.aborted; round += 1) {
    const now = clock.now();
    const rows = await ledger.claimDue(now, claimRows, claimMs);
    if (rows.length === 0) return;
    await queue.enqueueChecks(checksOf(rows), now);
  }
}

/** One job a repository, or several where it has many tags. */
export function checksOf(
  rows: readonly (ScheduledTag & Pick<LedgerRow, 'repository'>)[],
): CheckRepositoryJob[] {
  const byRepository = Map.groupBy(rows, ({ repository }) => repository);
  return [...byRepository].flatMap(([repository, ofRepository]) => {
    const tags = ofRepository.map(({ namespace, name, uid, tag }): ScheduledTag => ({
      namespace,
      name,
      uid,
      tag,
    }));
    const jobs: CheckRepositoryJob[] = [];
    for (let start = 0; start < tags.length; start += tagsPerCheck)
      jobs.push({ repository, tags: tags.slice(start, start + tagsPerCheck) });
    return jobs;
  });
}
