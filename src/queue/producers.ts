import type { JobsOptions, Queue } from 'bullmq';

import { checkJobId, streamJobId } from './job-id.ts';
import type { CheckJob, ImportJob, ImportStreamJob, ScheduleJob } from './jobs.ts';

/** How many jobs stand where. */
export interface QueueDepth {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
}

/** Adds imports. Adding work that is queued already changes nothing. */
export interface ImportQueue {
  enqueueStream(job: ImportStreamJob, options?: { readonly delayMs?: number }): Promise<void>;
  /** Many at once, in one round trip. */
  enqueueStreams(jobs: readonly ImportStreamJob[]): Promise<void>;
  /** @param id of the request in the mailbox; somebody waits, so it is done before everything else */
  enqueueRequest(id: string): Promise<void>;
  depth(): Promise<QueueDepth>;
  /** Milliseconds that the oldest waiting job has waited; 0 when none waits. */
  oldestMs(): Promise<number>;
}

/** Adds checks of scheduled tags, and keeps the clock that makes them. */
export interface ScheduleQueue {
  enqueueChecks(jobs: readonly CheckJob[], claimedAt: number): Promise<void>;
  /** Makes or changes the clock: a tick at once and then every `everyMs` milliseconds, whichever process takes it. */
  startTicking(everyMs: number): Promise<void>;
  /** One tick more, at once; while it waits, another changes nothing. */
  tickNow(): Promise<void>;
  /** False when the queue lost its clock, and with it everything else. */
  isTicking(): Promise<boolean>;
  depth(): Promise<QueueDepth>;
  /** Milliseconds that the oldest waiting job has waited; 0 when none waits. */
  oldestMs(): Promise<number>;
}

/** Requests have none, and BullMQ takes jobs without priority first; then lower numbers. */
const priorities = { stream: 10, again: 20, check: 10 } as const;
const tick = 'tick';

/**
 * A job fails only when the database is away or a program is wrong: registries' failures are results. Failed jobs are not
 * kept, as their id would keep the same work from being added again; the controllers add it.
 */
const jobOptions: JobsOptions = {
  attempts: 8,
  backoff: { type: 'jitter' },
  removeOnComplete: true,
  removeOnFail: true,
};

export function importQueueOn(queue: Queue): ImportQueue {
  return {
    async enqueueStream(job, { delayMs = 0 } = {}): Promise<void> {
      const { name, data, opts } = streamJob(job);
      await queue.add(name, data, { ...opts, ...(delayMs > 0 ? { delay: delayMs } : {}) });
    },
    async enqueueStreams(jobs): Promise<void> {
      if (jobs.length > 0) await queue.addBulk(jobs.map(streamJob));
    },
    async enqueueRequest(id): Promise<void> {
      const data: ImportJob = { kind: 'request', request: id };
      await queue.add('request', data, { ...jobOptions, jobId: `request/${id}` });
    },
    depth: () => depthOf(queue),
    oldestMs: () => oldestOf(queue),
  };
}

export function scheduleQueueOn(queue: Queue): ScheduleQueue {
  return {
    async enqueueChecks(jobs, claimedAt): Promise<void> {
      if (jobs.length === 0) return;
      await queue.addBulk(
        jobs.map((check) => ({
          name: 'check',
          data: { kind: 'check', check } satisfies ScheduleJob,
          opts: {
            ...jobOptions,
            priority: priorities.check,
            jobId: checkJobId(check, claimedAt),
          },
        })),
      );
    },
    async startTicking(everyMs): Promise<void> {
      const data: ScheduleJob = { kind: 'tick' };
      // The next tick makes up for one that failed.
      const opts = { removeOnComplete: true, removeOnFail: true, attempts: 1 };
      await queue.upsertJobScheduler(tick, { every: everyMs }, { name: tick, data, opts });
    },
    async tickNow(): Promise<void> {
      const data: ScheduleJob = { kind: 'tick' };
      const opts = { removeOnComplete: true, removeOnFail: true, attempts: 1, jobId: 'tick/now' };
      await queue.add(tick, data, opts);
    },
    isTicking: async () => (await queue.getJobScheduler(tick)) !== undefined,
    depth: () => depthOf(queue),
    oldestMs: () => oldestOf(queue),
  };
}

function streamJob(job: ImportStreamJob): { name: string; data: ImportJob; opts: JobsOptions } {
  const priority = job.tags === undefined ? priorities.stream : priorities.again;
  return {
    name: 'stream',
    data: { kind: 'stream', stream: job },
    opts: { ...jobOptions, priority, jobId: streamJobId(job) },
  };
}

async function depthOf(queue: Queue): Promise<QueueDepth> {
  const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed');
  return {
    waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0),
    active: counts['active'] ?? 0,
    delayed: counts['delayed'] ?? 0,
  };
}

async function oldestOf(queue: Queue): Promise<number> {
  const first = await Promise.all([
    queue.getJobs(['waiting'], 0, 0, true),
    queue.getJobs(['prioritized'], 0, 0, true),
  ]);
  const since = first.flat().map(({ timestamp }) => timestamp);
  return since.length === 0 ? 0 : Math.max(0, Date.now() - Math.min(...since));
}
