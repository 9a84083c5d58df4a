import { WaitingError, type Job, type Worker } from 'bullmq';

import { backoffMs, type BackoffPolicy } from '#src/lib/backoff.ts';
import type { Logger } from '#src/lib/logger.ts';

import type { Backend } from './backend.ts';
import { connectedWorker } from './connected-worker.ts';
import { problemListener } from './problems.ts';

/** What a handler is told besides its job. */
export interface JobContext {
  /** Aborted when the process must end or the job was given to another worker; then the job is done again. */
  readonly signal: AbortSignal;
  /** When the job was to be done, in milliseconds since the epoch. */
  readonly dueAt: number;
  /** True when the queue drops the job if this attempt throws. */
  readonly isLastAttempt: boolean;
}

/** @throws {Error} to have the job done again after a pause, by any worker */
export type JobHandler<T> = (job: T, context: JobContext) => Promise<void>;

/** Takes jobs from a queue until it is closed. */
export interface Consumer {
  /** Takes no more jobs, waits for those under way, and after `graceMs` gives them back to the queue. */
  close(graceMs: number): Promise<void>;
}

export interface LockOptions {
  /** A job whose worker was not heard of for so long is given to another; default 30,000 ms. */
  readonly lockMs?: number;
  /** How often workers look for such jobs; default 5,000 ms. */
  readonly stalledCheckMs?: number;
}

const defaultLockMs = 30_000;
const defaultStalledCheckMs = 5_000;
/** A job that takes its process down with it so often is dropped; the controllers add it again later. */
const maxLostWorkers = 5;
const retryPolicy: BackoffPolicy = { baseMs: 500, capMs: 30_000 };

export interface ConsumerOptions<T> extends LockOptions {
  readonly backend: Backend;
  readonly name: string;
  readonly concurrency: number;
  readonly handler: JobHandler<T>;
  readonly logger: Logger;
}

/** Starts a worker; several processes may do so for the same queue. */
export function startConsumer<T>(options: ConsumerOptions<T>): Consumer {
  const { backend, name, concurrency, handler, logger } = options;
  const closing = new AbortController();
  const stopping = new AbortController();
  async function process(job: Job, token?: string, signal?: AbortSignal): Promise<void> {
    const signals = signal === undefined ? [stopping.signal] : [stopping.signal, signal];
    const context = {
      signal: AbortSignal.any(signals),
      dueAt: job.timestamp + (job.opts.delay ?? 0),
      isLastAttempt: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
    };
    try {
      await handler(job.data as T, context);
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    }
  }
  const onProblem = problemListener(name, logger);
  const starting = connectedWorker(() => {
    const worker = backend.worker(name, process, {
      concurrency,
      lockDuration: options.lockMs ?? defaultLockMs,
      stalledInterval: options.stalledCheckMs ?? defaultStalledCheckMs,
      maxStalledCount: maxLostWorkers,
      settings: { backoffStrategy: (attempt) => backoffMs(retryPolicy, attempt, Math.random) },
    });
    worker.on('error', onProblem);
    report(worker, logger);
    return worker;
  }, closing.signal);
  return {
    async close(graceMs) {
      closing.abort();
      const worker = await starting;
      if (worker !== undefined) await closeWithin(worker, stopping, graceMs);
    },
  };
}

function report(worker: Worker, logger: Logger): void {
  const { name: queue } = worker;
  worker.on('stalled', (job) =>
    logger.warn('job taken over from a worker that was lost', { queue, job }),
  );
  worker.on('failed', (job, error) => {
    const isDropped = job === undefined || job.attemptsMade >= (job.opts.attempts ?? 1);
    const data = { queue, job: job?.id, attempt: job?.attemptsMade, error };
    if (isDropped) logger.error('job failed', data);
    else logger.warn('job failed and is tried again', data);
  });
}

async function closeWithin(
  worker: Worker,
  stopping: AbortController,
  graceMs: number,
): Promise<void> {
  const timer = setTimeout(() => {
    stopping.abort(new Error('the worker is stopping'));
  }, graceMs);
  try {
    await worker.close();
  } finally {
    clearTimeout(timer);
  }
}
