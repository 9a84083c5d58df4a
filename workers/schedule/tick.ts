import type { CheckJob, ScheduledTag } from '#src/queue/jobs.ts';
import type { ScheduleQueue } from '#src/queue/producers.ts';
import type { ClaimLimits, Ledger, LedgerRow } from '#src/store/ledger.ts';

export interface TickDeps {
  readonly ledger: Pick<Ledger, 'claimDue' | 'giveBack'>;
  readonly queue: Pick<ScheduleQueue, 'enqueueChecks'>;
}

/** Tags of one host in one job: enough to share tokens and connections, few enough for a job of seconds. */
export const tagsPerCheck = 200;

/** How long a check is kept from others, from when it is handed out or says that it is not over, in milliseconds. */
export const claimMs = 30_000;

/**
 * One host has at most four jobs at a time, so that one which does not answer leaves room for the others; one that did
 * not answer the last time is tried with a few tags. A check that was lost, with its worker and its queue or on the way
 * there, is handed out again after half a minute; one that takes longer says so.
 */
const limits: ClaimLimits = {
  rows: 10 * tagsPerCheck,
  rowsPerHost: 4 * tagsPerCheck,
  probeRows: 16,
  claimMs,
};
/** A tick hands out at most so many rounds; the next one goes on. */
const maxRounds = 5;

/** Hands out the checks of all scheduled tags that are due. */
export async function tick({ ledger, queue }: TickDeps, signal: AbortSignal): Promise<void> {
  for (let round = 0; round < maxRounds && !signal.aborted; round += 1) {
    const { at, rows } = await ledger.claimDue(limits);
    try {
      if (rows.length > 0) await queue.enqueueChecks(checksOf(rows), at);
    } catch (error) {
      await ledger.giveBack(rows);
      throw error;
    }
    if (rows.length < limits.rows) return;
  }
}

/** One job a host, or several where it has many tags; those that follow one pull spec stay together. */
export function checksOf(
  rows: readonly (ScheduledTag & Pick<LedgerRow, 'repository' | 'from'>)[],
): CheckJob[] {
  const byHost = Map.groupBy(rows, ({ repository }) => repository.split('/', 1)[0] ?? '');
  return [...byHost].flatMap(([host, ofHost]) => {
    const bySpec = Map.groupBy(ofHost, ({ repository, from }) => repository + suffixOf(from));
    const jobs: { host: string; tags: ScheduledTag[] }[] = [];
    for (const [, same] of [...bySpec].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const tags = same.map(({ namespace, name, uid, tag }) => ({ namespace, name, uid, tag }));
      const last = jobs.at(-1);
      if (last !== undefined && last.tags.length + tags.length <= tagsPerCheck)
        last.tags.push(...tags);
      else jobs.push({ host, tags });
    }
    return jobs;
  });
}

/** What a pull spec names in its repository, however the repository is spelled. */
function suffixOf(from: string): string {
  const at = Math.max(from.lastIndexOf(':'), from.lastIndexOf('@'));
  return at > from.lastIndexOf('/') ? from.slice(at) : ':latest';
}
