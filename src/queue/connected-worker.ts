import type { Worker } from 'bullmq';

import { systemClock } from '#src/lib/clock.ts';

/** Between two attempts to connect, in milliseconds. */
const againMs = 500;

/**
 * Makes a worker and runs it when it is connected. On PostgreSQL, BullMQ keeps what came of a worker's first connection for
 * good: where that failed, the worker would ask itself again for ever, without a pause for anything else. Such a one is
 * replaced.
 * @returns undefined when `signal` was aborted before one was connected
 */
export async function connectedWorker(
  make: () => Worker,
  signal: AbortSignal,
): Promise<Worker | undefined> {
  const { promise: aborted, resolve: abort } = Promise.withResolvers<false>();
  signal.addEventListener('abort', () => abort(false), { once: true });
  while (!signal.aborted) {
    const worker = make();
    const isConnected = await Promise.race([connects(worker), aborted]);
    if (isConnected) {
      worker.run().catch((error: unknown) => tell(worker, error));
      return worker;
    }
    // It has done nothing yet, and its connections may not end before the database is back.
    worker.close(true).catch(() => undefined);
    await systemClock.sleep(againMs, signal).catch(() => undefined);
  }
  return undefined;
}

async function connects(worker: Worker): Promise<boolean> {
  try {
    await worker.waitUntilReady();
    return true;
  } catch (error) {
    tell(worker, error);
    return false;
  }
}

function tell(worker: Worker, problem: unknown): void {
  worker.emit('error', problem instanceof Error ? problem : new Error(String(problem)));
}
