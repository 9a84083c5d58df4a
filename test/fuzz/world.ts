/** The server as it is put together for users, in this process, so that its memory and its failures can be seen. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Resource } from '#src/apiserver/resource.ts';
import { silentLogger, type LogData } from '#src/lib/logger.ts';
import { failure } from '#src/meta/status.ts';
import { openQueues } from '#src/queue/queues.ts';
import { openRecord } from '#src/store/open.ts';
import { startTestDatabase } from '#test/support/postgres.ts';
import { tempDir } from '#test/support/temp-dir.ts';
import { createApi } from '#workers/assembly/api.ts';
import { readConfig } from '#workers/config.ts';
import { createMetrics } from '#workers/metrics.ts';

export interface FuzzWorld extends AsyncDisposable {
  readonly port: number;
  readonly ca: string;
  readonly token: string;
  readonly resources: readonly Resource[];
  /** What the server logged as its own failures, and promises that were left alone. */
  readonly failures: string[];
}

/** Import requests are answered at once: what registries say is fuzzed elsewhere. */
const noWorker = {
  take: async () => ({ status: failure(503, 'ServiceUnavailable', 'there is no worker') }),
};

export async function startFuzzWorld(): Promise<FuzzWorld> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(tempDir('fuzz'));
  const database = stack.use(await startTestDatabase());
  const failures: string[] = [];
  const logger = {
    ...silentLogger,
    error: (message: string, data: LogData = {}) => {
      const { error } = data;
      failures.push(
        `${message}: ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(data)}`,
      );
    },
  };
  const onRejection = (error: unknown): void => {
    failures.push(
      `unhandled rejection: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
    );
  };
  process.on('unhandledRejection', onRejection);
  stack.defer(() => void process.off('unhandledRejection', onRejection));
  const { connection } = database;
  const config = readConfig(['--listen=127.0.0.1:0', `--data-dir=${dir.path}`, '--workers=0'], {});
  const sealing = { resources: ['secrets'], keyFile: join(dir.path, 'encryption.key') };
  const record = stack.use(await openRecord({ connection, logger, sealing }));
  const queues = await openQueues({
    place: { database: connection },
    logger,
    locks: { lockMs: 30_000, stalledCheckMs: 5_000 },
  });
  stack.defer(() => queues.close(1_000));
  const api = await createApi({
    config,
    record,
    queues,
    metrics: createMetrics(),
    logger,
    workerAtHand: noWorker,
  });
  stack.defer(() => api.close());
  const { url } = await api.listen();
  const token = (await readFile(join(dir.path, 'admin.token'), 'utf8')).trim();
  const ca = await readFile(join(dir.path, 'tls', 'ca.crt'), 'utf8');
  return {
    port: Number(new URL(url).port),
    ca,
    token,
    resources: api.resources,
    failures,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
