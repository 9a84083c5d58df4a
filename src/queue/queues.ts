import type { Queue } from 'bullmq';

import type { Logger } from '#src/lib/logger.ts';

import { backendOf, type QueuePlace } from './backend.ts';
import { problemListener } from './problems.ts';
import { startConsumer, type Consumer, type JobHandler, type LockOptions } from './consumer.ts';
import type { ImportJob, ScheduleJob } from './jobs.ts';
import {
  importQueueOn,
  scheduleQueueOn,
  type ImportQueue,
  type ScheduleQueue,
} from './producers.ts';

export interface QueuesOptions {
  readonly place: QueuePlace;
  readonly logger: Logger;
  readonly locks?: LockOptions;
}

/** The queues of Sluice, and the way to work on them. */
export interface Queues extends AsyncDisposable {
  readonly backend: 'redis' | 'postgres';
  readonly imports: ImportQueue;
  readonly schedule: ScheduleQueue;
  /** Takes imports, at most `concurrency` at one time. */
  consumeImports(concurrency: number, handler: JobHandler<ImportJob>): Consumer;
  /** Takes ticks and checks, at most `concurrency` at one time. */
  consumeSchedule(concurrency: number, handler: JobHandler<ScheduleJob>): Consumer;
  /**
   * Resolves when the backend answers.
   * @throws {Error} when it does not within two seconds
   */
  ping(): Promise<void>;
  /**
   * Closes consumers first, then the queues: a worker without its connections would spin.
   * @param graceMs how long jobs under way may take before they are given back
   */
  close(graceMs?: number): Promise<void>;
}

const defaultGraceMs = 5_000;
/** Connections to a backend that is away are left behind after this time. */
const closeMs = 2_000;
const pingMs = 2_000;

/**
 * Opens the queues and, on PostgreSQL, makes their schema.
 * @throws {Error} when PostgreSQL cannot be reached; Redis is waited for
 */
export async function openQueues({ place, logger, locks }: QueuesOptions): Promise<Queues> {
  const backend = backendOf(place);
  const consumers: Consumer[] = [];
  const imports = listened(backend.queue('import'), logger);
  // The first makes the schema; the others find it.
  await imports.waitUntilReady();
  const schedule = listened(backend.queue('schedule'), logger);
  await schedule.waitUntilReady();
  function consume<T>(name: string, concurrency: number, handler: JobHandler<T>): Consumer {
    const consumer = startConsumer({ backend, name, concurrency, handler, logger, ...locks });
    consumers.push(consumer);
    return consumer;
  }
  async function close(graceMs = defaultGraceMs): Promise<void> {
    await within(graceMs + closeMs, Promise.all(consumers.map((each) => each.close(graceMs))));
    await within(closeMs, Promise.all([imports.close(), schedule.close()]));
  }
  return {
    backend: backend.kind,
    imports: importQueueOn(imports),
    schedule: scheduleQueueOn(schedule),
    consumeImports: (concurrency, handler) => consume('import', concurrency, handler),
    consumeSchedule: (concurrency, handler) => consume('schedule', concurrency, handler),
    ping: async () => {
      const isThere = await within(pingMs, imports.getJobCounts('active'));
      if (!isThere) throw new Error(`the queue on ${backend.kind} does not answer`);
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

function listened(queue: Queue, logger: Logger): Queue {
  queue.on('error', problemListener(queue.name, logger));
  return queue;
}

/** @returns false when the work is not done in time; it goes on */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
