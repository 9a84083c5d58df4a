import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { silentLogger } from '#src/lib/logger.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import type { RegistryReport } from '#src/store/registries.ts';
import { sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

let database: TestDatabase;
let record: RecordDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
  record = await openRecord({ connection: database.connection, logger: silentLogger });
});
afterAll(async () => {
  await record.close();
  await database.stop();
});
beforeEach(async () => {
  await sql(
    database.connection,
    'truncate sluice.registry, sluice.registry_user, sluice.registry_lesson, sluice.content',
  );
});

function seen(more: Partial<RegistryReport> = {}): RegistryReport {
  return { host: 'registry.example', requests: 1, refused: 0, answered: true, ...more };
}

test('what processes see is added up, and each knows how many ask', async () => {
  const { registries } = record;
  expect(await registries.report('a', [seen({ requests: 3, refused: 1 })])).toMatchObject([
    { requests: 3, refused: 1, processes: 1, blockedUntil: 0, heldUntil: 0, failures: 0 },
  ]);
  const quota = { limit: 100, remaining: 76, windowSeconds: 21_600 };
  expect(await registries.report('b', [seen({ quota, rate: 10 })])).toMatchObject([
    { requests: 4, processes: 2, quota, rate: 10 },
  ]);
  expect(await registries.report('a', [seen()])).toMatchObject([{ processes: 2, quota }]);
  expect(await registries.list(undefined, 'new')).toMatchObject([{ processes: 3 }]);
  expect(await registries.list(['other.example'])).toEqual([]);
});

test('a pause that the host asked for is told to all, and answers do not end it', async () => {
  const { registries } = record;
  const heard: (string | undefined)[] = [];
  const stop = registries.onChange((host) => heard.push(host));
  await vi.waitFor(() => expect(heard).toEqual([undefined]), { timeout: 5_000 });
  const pause = { kind: 'stop', ms: 60_000, reason: 'it asked for a pause' } as const;
  await registries.report('a', [seen({ pause })]);
  await vi.waitFor(() => expect(heard).toEqual([undefined, 'registry.example']), {
    timeout: 5_000,
  });
  const [state] = await registries.report('b', [seen()]);
  expect(state!.blockedUntil - state!.readAt).toBeGreaterThan(50_000);
  expect(state).toMatchObject({ reason: pause.reason, failures: 0 });
  stop();
});

test('who begins to ask a host, or leaves it, is told of, and not each report', async () => {
  const { registries } = record;
  const heard: string[] = [];
  const stop = registries.onChange((host) => host !== undefined && heard.push(host));
  await registries.report('a', [seen()]);
  await registries.report('a', [seen(), seen({ host: 'new.example' })]);
  await registries.report('b', [seen()]);
  await registries.report('b', [seen()]);
  await registries.leave('b', 'registry.example');
  await registries.leave('b', 'registry.example');
  await registries.report('a', [seen({ host: 'last.example' })]);
  await vi.waitFor(() => expect(heard).toContain('last.example'), { timeout: 10_000 });
  stop();
  const [first, ...others] = heard;
  expect(first).toBe('registry.example');
  expect(others).toEqual(['new.example', first, first, 'last.example']);
});

test('a host that does not answer is held for longer each time, and until it answers', async () => {
  const { registries } = record;
  const pause = { kind: 'hold', reason: 'it does not answer' } as const;
  const down = seen({ answered: false, failure: 'ECONNREFUSED', pause });
  const held: number[] = [];
  for (let time = 0; time < 4; time += 1) {
    const [state] = await registries.report('a', [down]);
    held.push(Math.round((state!.heldUntil - state!.readAt) / 1000));
    // Another that finds out the same meanwhile does not make it longer.
    const [again] = await registries.report('b', [down]);
    expect(again).toMatchObject({ failures: time + 1, heldUntil: state!.heldUntil });
    await sql(database.connection, 'update sluice.registry set held_until = 0');
  }
  expect(held).toEqual([5, 10, 20, 40]);
  expect(await registries.report('a', [seen()])).toMatchObject([{ failures: 0, heldUntil: 0 }]);
});

/** Milliseconds that the schedule leaves it to them from now on. */
async function madeWay(process: string): Promise<number> {
  const state = await record.registries.makeWay(process, 'registry.example', 4_000);
  return Math.max(0, state!.peopleUntil - state!.readAt);
}

async function pass(ms: number): Promise<void> {
  await sql(
    database.connection,
    'update sluice.registry set people_from = people_from - $1, people_until = people_until - $1',
    [ms],
  );
}

describe('while people wait for a host', () => {
  test('all processes are told, and who leaves has no share', async () => {
    const { registries } = record;
    expect(await registries.makeWay('a', 'unknown.example', 4_000)).toBeUndefined();
    for (const process of ['a', 'b']) await registries.report(process, [seen()]);
    const heard: (string | undefined)[] = [];
    const stop = registries.onChange((host) => heard.push(host));
    const state = await registries.makeWay('a', 'registry.example', 4_000);
    expect(state).toMatchObject({ processes: 2, heldUntil: 0, blockedUntil: 0 });
    expect(state!.peopleUntil - state!.readAt).toBe(4_000);
    await vi.waitFor(() => expect(heard).toContain('registry.example'), { timeout: 10_000 });
    stop();
    await registries.leave('b', 'registry.example');
    expect(await registries.makeWay('a', 'registry.example', 4_000)).toMatchObject({
      processes: 1,
    });
    // An answer to somebody else ends it not.
    expect(await registries.report('c', [seen()])).toMatchObject([
      { peopleUntil: expect.toSatisfy((until) => until > state!.readAt + 3_000) },
    ]);
  });

  test('the schedule has half of each minute, whoever they are', async () => {
    await record.registries.report('a', [seen()]);
    expect(await madeWay('a')).toBe(4_000);
    await pass(28_000);
    const left = await madeWay('b');
    expect(left).toBeLessThanOrEqual(2_000);
    expect(left).toBeGreaterThan(500);
    await pass(3_000);
    expect(await madeWay('a')).toBe(0);
    await pass(28_000);
    expect(await madeWay('b')).toBe(0);
    await pass(2_000);
    expect(await madeWay('b')).toBe(4_000);
  });
});

async function learn(key: string, lessons: object): Promise<void> {
  await record.registries.learn(new Map([[key, JSON.stringify(lessons)]]));
}

async function known(keys?: readonly string[]): Promise<Record<string, unknown>> {
  const texts = await record.registries.lessons(keys);
  return Object.fromEntries([...texts].map(([key, text]) => [key, JSON.parse(text)]));
}

describe('lessons', () => {
  test('are added up, the newest of each kind counts, and old ones do not', async () => {
    await learn('https://a', { challenge: { scheme: 'basic' }, noReferrers: true });
    await learn('https://a', { challenge: null });
    await learn('b', { plainHttp: true });
    const ofA = { challenge: null, noReferrers: true };
    expect(await known()).toEqual({ 'https://a': ofA, b: { plainHttp: true } });
    expect(await known(['https://a', 'c'])).toEqual({ 'https://a': ofA });
    await sql(
      database.connection,
      'update sluice.registry_lesson set learned_at = learned_at - 25 * 3600000 where key = $1',
      ['https://a'],
    );
    expect(await known(['https://a'])).toEqual({});
    await learn('https://a', { challenge: null });
    expect(await known(['https://a'])).toEqual({ 'https://a': { challenge: null } });
  });

  test('are told to all by their keys', async () => {
    const heard: (string | undefined)[] = [];
    const stop = record.registries.onLesson((key) => heard.push(key));
    const long = 'x'.repeat(8_000);
    await record.registries.learn(
      new Map([
        ['b', '{"plainHttp":true}'],
        [long, '{"plainHttp":true}'],
      ]),
    );
    const wait = { timeout: 10_000 };
    await vi.waitFor(() => expect(heard.filter((key) => key !== undefined)).toEqual(['b']), wait);
    await vi.waitFor(() => expect(heard).toContain(undefined), wait);
    stop();
  });
});

test('content is found in the repository that it came from, and nowhere else', async () => {
  const { contents } = record;
  const key = { registry: 'registry.example', repository: 'acme/app', digest: 'sha256:1' };
  contents.put(key, Buffer.from('one'));
  contents.put(key, Buffer.from('one'));
  await vi.waitFor(async () => {
    expect(Buffer.from((await contents.get(key))!).toString()).toBe('one');
  });
  expect(await contents.get({ ...key, repository: 'acme/other' })).toBeUndefined();
  expect(await contents.get({ ...key, registry: 'other.example' })).toBeUndefined();
});

const key = { registry: 'registry.example', repository: 'acme/app', digest: 'sha256:1' };
let other: RecordDatabase;

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

/** Milliseconds that another waits for content that does not come. */
async function fruitless(end: () => void): Promise<number> {
  await record.contents.claim(key);
  expect(await other.contents.claim(key)).toBe('theirs');
  const began = performance.now();
  const arrival = other.contents.arrival(key, 60_000);
  end();
  expect(await arrival).toBeUndefined();
  expect(await other.contents.claim(key)).toBe('ours');
  other.contents.giveUp(key);
  await vi.waitFor(
    async () =>
      expect(await sql(database.connection, 'select from sluice.content_lease')).toEqual([]),
    { timeout: 10_000 },
  );
  return performance.now() - began;
}

describe('content that is not kept', () => {
  beforeAll(async () => {
    other = await openRecord({ connection: database.connection, logger: silentLogger });
  });
  afterAll(() => other.close());
  beforeEach(async () => {
    await sql(database.connection, 'truncate sluice.content_lease');
  });

  test('is fetched by the first who asks, and the others get it', async () => {
    expect(await record.contents.claim(key)).toBe('ours');
    expect(await record.contents.claim(key)).toBe('ours');
    expect(await other.contents.claim(key)).toBe('theirs');
    expect(await other.contents.claim({ ...key, repository: 'acme/other' })).toBe('ours');
    const arrivals = [other.contents.arrival(key, 20_000), other.contents.arrival(key, 20_000)];
    record.contents.put(key, Buffer.from('one'));
    expect((await Promise.all(arrivals)).map(textOf)).toEqual(['one', 'one']);
    expect(await other.contents.claim(key)).toMatchObject({ bytes: Buffer.from('one') });
  });

  test('is looked for, too, where nobody tells that it is there', async () => {
    await record.contents.claim(key);
    const arrival = other.contents.arrival(key, 20_000);
    // Nobody is known to wait.
    record.contents.put(key, Buffer.from('one'));
    expect(textOf(await arrival)).toBe('one');
  });

  test('is not waited for when it was given up, or is too large to be kept', async () => {
    expect(await fruitless(() => record.contents.giveUp(key))).toBeLessThan(30_000);
    const large = Buffer.alloc(256 * 1024 + 1);
    expect(await fruitless(() => record.contents.put(key, large))).toBeLessThan(30_000);
  });

  test("is the next one's when the first is not heard of, and waited for no longer than wanted", async () => {
    await record.contents.claim(key);
    expect(await other.contents.claim(key)).toBe('theirs');
    expect(await other.contents.arrival(key, 10)).toBeUndefined();
    await sql(database.connection, 'update sluice.content_lease set until = until - 10000');
    expect(await other.contents.claim(key)).toBe('ours');
    expect(await record.contents.claim(key)).toBe('theirs');
    // Who lost it cannot give it up.
    record.contents.giveUp(key);
    expect(await record.contents.claim(key)).toBe('theirs');
  });
});
