import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { runControllers } from '#src/controllers/controllers.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import type { ImportJob } from '#src/queue/jobs.ts';
import { openQueues } from '#src/queue/queues.ts';
import { openRecord } from '#src/store/open.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { startRedis, type Redis } from '#test/support/services/redis.ts';

import { externalTag, imageStream, streamKeyOf } from './support/streams.ts';

const deadline = { timeout: 20_000, interval: 50 };

let database: TestDatabase;
let redis: Redis;

beforeAll(async () => {
  [database, redis] = await Promise.all([startTestDatabase(), startRedis()]);
});
afterAll(async () => {
  await Promise.all([database.stop(), redis[Symbol.asyncDispose]()]);
});

test('jobs, requests and the clock come back after Redis lost everything', async () => {
  await using record = await openRecord({
    connection: database.connection,
    logger: silentLogger,
  });
  const place = { redisUrl: redis.url };
  await using queues = await openQueues({ place, logger: silentLogger });
  const stop = new AbortController();
  const { objects, ledger, mailbox, leader } = record;
  const running = runControllers(
    {
      objects,
      ledger,
      mailbox,
      leader,
      imports: queues.imports,
      schedule: queues.schedule,
      clock: systemClock,
      logger: silentLogger,
      isAutomatic: true,
      periodMs: 600_000,
      namespacedResources: [],
    },
    stop.signal,
  );
  try {
    const stream = imageStream('app', [externalTag('v1', 'registry.example/app:v1')]);
    await objects.create(streamKeyOf(stream), stream);
    const request = await mailbox.post({ some: 'request' });
    await queues.imports.enqueueRequest(request);
    await vi.waitFor(async () => {
      expect((await queues.imports.depth()).waiting).toBe(2);
      expect(await queues.schedule.isTicking()).toBe(true);
    }, deadline);
    await redis.kill9();
    await redis.start({ empty: true });
    await vi.waitFor(async () => {
      expect((await queues.imports.depth()).waiting).toBe(2);
      expect(await queues.schedule.isTicking()).toBe(true);
    }, deadline);
    const jobs: ImportJob[] = [];
    queues.consumeImports(1, async (job) => {
      jobs.push(job);
    });
    await vi.waitFor(() => expect(jobs).toHaveLength(2), deadline);
    expect(jobs).toMatchObject([
      { kind: 'request', request },
      { kind: 'stream', stream: { name: 'app' } },
    ]);
  } finally {
    stop.abort();
    await running;
  }
});
