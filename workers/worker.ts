// oxlint-disable-next-line import/no-unassigned-import -- it must run before the others are loaded
import './check-node.ts';

import type { Logger } from '#src/lib/logger.ts';

import { runProgram, type Program } from './assembly/lifecycle.ts';
import { startMetricsServer } from './assembly/metrics-server.ts';
import { queuesOf } from './assembly/queues.ts';
import { joinRecord } from './assembly/record.ts';
import { watchedParts } from './assembly/watched.ts';
import { startWorkers } from './assembly/workers.ts';
import type { Config } from './config.ts';
import { createMetrics } from './metrics.ts';

/** Jobs under way get so long to finish when the process stops, in milliseconds. */
const graceMs = 5_000;

/** Takes jobs beside servers and other workers on the same database and queue. */
async function work(config: Config, logger: Logger): Promise<Program> {
  if (config.workers === 0)
    throw new Error('--workers is 0: "sluice worker" needs at least 1 import at a time');
  const opened = await joinRecord(config, logger);
  const { record } = opened;
  const queues = await queuesOf(config, record, logger);
  const metrics = createMetrics();
  const workers = await startWorkers({ config, record, queues, metrics, logger }, config.queues);
  metrics.watch(watchedParts(record, queues));
  const { metricsListen: listen } = config;
  const server =
    listen &&
    (await startMetricsServer({
      listen,
      source: metrics.source,
      ready: () => Promise.all([record.objects.currentRevision(), queues.ping()]),
      logger,
    }));
  if (server !== undefined) logger.info('metrics are served', { url: server.url });
  process.stdout.write(`sluice worker ready ${config.queues.join(',')}\n`);
  return {
    async stop() {
      await server?.close();
      await queues.close(graceMs);
      await workers.close();
      await opened.close();
    },
  };
}

await runProgram('worker', work);
