import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import { silentLogger } from '#src/lib/logger.ts';
import type { QueuePlace } from '#src/queue/backend.ts';
import type { ImportJob, ImportStreamJob, ScheduleJob } from '#src/queue/jobs.ts';
import { openQueues, type Queues } from '#src/queue/queues.ts';
import { sql, startTestDatabase } from '#test/support/postgres.ts';
import { startRedis } from '#test/support/services/redis.ts';

const shortLocks = { lockMs: 1_000, stalledCheckMs: 500 };

interface Server extends AsyncDisposable {
  place(): Promise<QueuePlace>;
}

const backends: { name: string; start(): Promise<Server> }[] = [
  {
    name: 'redis',
    async start() {
      const redis = await startRedis();
      return {
        place: () => Promise.resolve({ redisUrl: redis.url }),
        [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: 'postgres',
    async start() {
      const postgres = await startTestDatabase();
      return {
        place: async () => ({ database: await postgres.createDatabase() }),
        [Symbol.asyncDispose]: () => postgres[Symbol.asyncDispose](),
      };
    },
  },
];

function stream(name: string, more: Partial<ImportStreamJob> = {}): ImportStreamJob {
  return { namespace: 'ns', name, uid: `uid-${name}`, generation: 1, ...more };
}

function nameOf(job: ImportJob): string {
  return job.kind === 'request' ? job.request : job.stream.name;
}

async function drained(queues: Queues): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await queues.imports.depth()).toEqual({ waiting: 0, active: 0, delayed: 0 });
    },
    { timeout: 10_000 },
  );
}

describe.for(backends)('queues on $name', (backend) => {
  let server: Server;
  let place: QueuePlace;
  const open: Queues[] = [];

  beforeAll(async () => {
    server = await backend.start();
    place = await server.place();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((queues) => queues.close(100)));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function opened(): Promise<Queues> {
    const queues = await openQueues({ place, logger: silentLogger, locks: shortLocks });
    open.push(queues);
    return queues;
  }

  test('the same work queued twice is done once, and can be queued again afterwards', async () => {
    const queues = await opened();
    await queues.imports.enqueueStream(stream('twice'));
    await queues.imports.enqueueStream(stream('twice'));
    await queues.imports.enqueueStreams([stream('twice'), stream('other')]);
    const done: string[] = [];
    queues.consumeImports(4, async (job) => {
      done.push(nameOf(job));
    });
    await drained(queues);
    expect(done.toSorted()).toEqual(['other', 'twice']);
    await queues.imports.enqueueStream(stream('twice'));
    await vi.waitFor(() => expect(done).toHaveLength(3));
  });

  test('a person comes before new tags, and new tags before repeated ones', async () => {
    const queues = await opened();
    await queues.imports.enqueueStream(stream('again', { tags: ['a'] }));
    await queues.imports.enqueueStream(stream('new'));
    await queues.imports.enqueueRequest('a person');
    const done: string[] = [];
    queues.consumeImports(1, async (job) => {
      done.push(nameOf(job));
    });
    await drained(queues);
    expect(done).toEqual(['a person', 'new', 'again']);
  });

  test('a job that fails is done again', async () => {
    const queues = await opened();
    let attempts = 0;
    queues.consumeImports(1, async (_job, { isLastAttempt }) => {
      expect(isLastAttempt).toBe(false);
      attempts += 1;
      if (attempts < 3) throw new Error('the database is away');
    });
    await queues.imports.enqueueStream(stream('fails'));
    await vi.waitFor(() => expect(attempts).toBe(3), { timeout: 10_000 });
    await drained(queues);
  });

  test('a delayed job is not taken before its time', async () => {
    const queues = await opened();
    const taken: number[] = [];
    queues.consumeImports(1, async () => {
      taken.push(Date.now());
    });
    const before = Date.now();
    await queues.imports.enqueueStream(stream('later'), { delayMs: 700 });
    expect((await queues.imports.depth()).delayed).toBe(1);
    await vi.waitFor(() => expect(taken).toHaveLength(1), { timeout: 10_000 });
    expect(taken[0]! - before).toBeGreaterThanOrEqual(690);
  });

  test('a worker that stops gives back what it cannot finish, and another finishes it', async () => {
    const first = await opened();
    const started = Promise.withResolvers<void>();
    first.consumeImports(
      1,
      (_job, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopping')));
          started.resolve();
        }),
    );
    await first.imports.enqueueStream(stream('slow'));
    await started.promise;
    await first.close(50);
    const second = await opened();
    const done: string[] = [];
    second.consumeImports(1, async (job) => {
      done.push(nameOf(job));
    });
    await vi.waitFor(() => expect(done).toEqual(['slow']), { timeout: 10_000 });
  });

  test('the clock ticks on its own, is found, and is changed rather than doubled', async () => {
    const queues = await opened();
    expect(await queues.schedule.isTicking()).toBe(false);
    const ticks: ScheduleJob[] = [];
    queues.consumeSchedule(2, async (job) => {
      ticks.push(job);
    });
    await queues.schedule.startTicking(60_000);
    await queues.schedule.startTicking(200);
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThanOrEqual(4), { timeout: 10_000 });
    expect(ticks.every((job) => job.kind === 'tick')).toBe(true);
    expect(await queues.schedule.isTicking()).toBe(true);
    await queues.schedule.startTicking(3_600_000);
  });

  test('checks of one claim are queued once, those of the next claim again', async () => {
    const queues = await opened();
    const tags = [{ namespace: 'ns', name: 'app', uid: 'u', tag: 'v1' }];
    const check = { host: 'registry.example', tags };
    await queues.schedule.enqueueChecks([check], 1);
    await queues.schedule.enqueueChecks([check], 1);
    await queues.schedule.enqueueChecks([check], 2);
    const done: ScheduleJob[] = [];
    queues.consumeSchedule(1, async (job) => {
      if (job.kind === 'check') done.push(job);
    });
    await vi.waitFor(async () => {
      expect(done).toHaveLength(2);
      expect((await queues.schedule.depth()).waiting).toBe(0);
    });
    expect(done[0]).toEqual({ kind: 'check', check });
  });

  test('two processes on one queue share the work', async () => {
    const [one, two] = [await opened(), await opened()];
    const done: string[] = [];
    for (const queues of [one, two])
      queues.consumeImports(2, async (job) => {
        done.push(nameOf(job));
      });
    const names = Array.from({ length: 40 }, (_, index) => `s${index}`);
    await one.imports.enqueueStreams(names.map((name) => stream(name)));
    await drained(one);
    expect(done.toSorted()).toEqual(names.toSorted());
  });
});

test('a worker that cannot connect at first takes jobs as soon as it can', async () => {
  await using postgres = await startTestDatabase();
  const connection = await postgres.createDatabase();
  const { database } = connection as { readonly database: string };
  const admit = (isOpen: boolean): Promise<unknown> =>
    sql(postgres.connection, `alter database ${database} allow_connections ${String(isOpen)}`);
  const problems: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void problems.push(message) };
  await using queues = await openQueues({ place: { database: connection }, logger });
  await queues.imports.enqueueStream(stream('later'));
  await admit(false);
  const done: string[] = [];
  queues.consumeImports(1, async (job) => {
    done.push(nameOf(job));
  });
  await vi.waitFor(() => expect(problems).toContain('the queue cannot be reached'), 10_000);
  expect(done).toEqual([]);
  await admit(true);
  await vi.waitFor(() => expect(done).toEqual(['later']), 10_000);
});
