// oxlint-disable-next-line import/no-unassigned-import -- it must run before the others are loaded
import './check-node.ts';

import { runControllers, type ControllersOptions } from '#src/controllers/controllers.ts';
import { systemClock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import { qualified } from '#src/meta/status.ts';
import type { Queues } from '#src/queue/queues.ts';
import type { RecordDatabase } from '#src/store/open.ts';

import { createApi, type Api } from './assembly/api.ts';
import { runProgram, type Program } from './assembly/lifecycle.ts';
import { queuesOf } from './assembly/queues.ts';
import { openOwnRecord } from './assembly/record.ts';
import { watchedParts } from './assembly/watched.ts';
import { startWorkers } from './assembly/workers.ts';
import type { Config } from './config.ts';
import { WorkerAtHand } from './import/at-hand.ts';
import { createMetrics } from './metrics.ts';

/** Jobs under way get so long to finish when the process stops, in milliseconds. */
const graceMs = 4_000;

/** API server, controllers and workers in one process. */
async function serve(config: Config, logger: Logger): Promise<Program> {
  const opened = await openOwnRecord(config, logger);
  const { record } = opened;
  const queues = await queuesOf(config, record, logger);
  const metrics = createMetrics();
  metrics.watch(watchedParts(record, queues));
  const atHand = new WorkerAtHand();
  const api = await createApi({
    config,
    record,
    queues,
    metrics,
    logger,
    workerAtHand: atHand,
  });
  const stopping = new AbortController();
  const controllers = runControllers(
    controllersOf(config, { record, queues, api, logger }),
    stopping.signal,
  );
  controllers.catch((error: unknown) => logger.error('controllers ended', { error }));
  const workers =
    config.workers > 0
      ? await startWorkers({ config, record, queues, metrics, logger, atHand }, config.queues)
      : undefined;
  const { url, kubeconfigFile } = await api.listen();
  process.stdout.write(`sluice ready ${url} kubeconfig ${kubeconfigFile}\n`);
  return {
    reload: () => api.reload(),
    async stop() {
      api.drain();
      stopping.abort(new Error('the server is stopping'));
      await Promise.all([api.close(), queues.close(graceMs), controllers.catch(() => undefined)]);
      await workers?.close();
      await opened.close();
    },
  };
}

interface Parts {
  readonly record: RecordDatabase;
  readonly queues: Queues;
  readonly api: Api;
  readonly logger: Logger;
}

function controllersOf(config: Config, { record, queues, api, logger }: Parts): ControllersOptions {
  const { objects, ledger, mailbox, leader } = record;
  return {
    objects,
    ledger,
    mailbox,
    leader,
    imports: queues.imports,
    schedule: queues.schedule,
    clock: systemClock,
    logger,
    isAutomatic: config.controllers,
    periodMs: config.scheduleIntervalMs,
    retention: config.retention,
    namespacedResources: api.resources
      .filter(({ namespaced }) => namespaced)
      .map(({ group, name }) => qualified({ group, resource: name })),
  };
}

await runProgram('serve', serve);
