import type { JobHandler } from '#src/queue/consumer.ts';
import type { ScheduleJob } from '#src/queue/jobs.ts';
import type { ScheduleQueue } from '#src/queue/producers.ts';

import type { ImportDeps } from './import/deps.ts';
import { checkTags } from './schedule/check.ts';
import { claimMs, tagsPerCheck, tick } from './schedule/tick.ts';

/** Hands out the checks of scheduled tags that are due, and does them. */
export function scheduleHandler(
  deps: ImportDeps,
  queue: Pick<ScheduleQueue, 'enqueueChecks'>,
): JobHandler<ScheduleJob> {
  return async (job, context) => {
    const { ledger, clock, logger, metrics } = deps;
    if (job.kind === 'tick') {
      await tick({ ledger, queue }, context.signal);
      return;
    }
    const keep = setInterval(() => {
      ledger
        .extend(job.check.tags, claimMs)
        .catch((error: unknown) => logger.debug('checks are not kept from others', { error }));
    }, claimMs / 2);
    const { lateMs } = await checkTags(deps, job.check, context).finally(() => clearInterval(keep));
    metrics.finished('check', clock.now() - context.dueAt);
    metrics.late(lateMs);
    // A full job was cut off a longer list: what is left of it need not wait for the clock.
    if (job.check.tags.length >= tagsPerCheck / 2) await tick({ ledger, queue }, context.signal);
  };
}
