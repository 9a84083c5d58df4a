import type { JobHandler } from '#src/queue/consumer.ts';
import type { ImportJob } from '#src/queue/jobs.ts';

import type { ImportDeps } from './import/deps.ts';
import { importRequested } from './import/request-job.ts';
import { importStream } from './import/stream-job.ts';

/**
 * Does the imports of the queue: what streams wait for, and what people wait for.
 * @param background with what the imports that nobody waits for are done
 */
export function importHandler(
  deps: ImportDeps,
  background: ImportDeps = deps,
): JobHandler<ImportJob> {
  return async (job, context) => {
    if (job.kind === 'request') await importRequested(deps, job.request, context);
    else await importStream(background, job.stream, context);
    deps.metrics.finished(job.kind, deps.clock.now() - context.dueAt);
  };
}
