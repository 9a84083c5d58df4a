import type { JobHandler } from '#src/queue/consumer.ts';
import type { ScheduleJob } from '#src/queue/jobs.ts';
import type { ScheduleQueue } from '#src/queue/producers.ts';

import type { ImportDeps } from './import/deps.ts';
import { checkRepository } from './schedule/check.ts';
import { tick } from './schedule/tick.ts';

/** Hands out the checks of scheduled tags that are due, and does them. */
export function scheduleHandler(
  deps: ImportDeps,
  queue: Pick<ScheduleQueue, 'enqueueChecks'>,
): JobHandler<ScheduleJob> {
  return async (job, context) => {
    const { ledger, clock, metrics } = deps;
    if (job.kind === 'tick') {
      await tick({ ledger, queue, clock }, context.signal);
      return;
    }
    await checkRepository(deps, job.check, context);
    metrics.finished('check', clock.now() - context.dueAt);
  };
}
