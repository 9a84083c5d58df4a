import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import type {
  Ledger,
  LedgerCheck,
  LedgerKey,
  LedgerRow,
  LedgerStream,
  LedgerTag,
} from '#src/store/ledger.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { servers, sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

const minute = 60_000;
const periodMs = 15 * minute;
const start = Date.UTC(2026, 0, 10, 9);
const claimMs = 5 * minute;

function tagOf(tag: string, repository = 'docker.io/library/redis'): LedgerTag {
  return { tag, from: `${repository}:${tag}`, repository, periodMs };
}
function streamOf(name: string): { namespace: string; name: string; uid: string } {
  return { namespace: 'shop', name, uid: `uid-${name}` };
}

/** The ledger with the time of each call said along with it. */
class LedgerAt {
  #now = start;
  readonly #ledger: () => Ledger;

  constructor(ledger: () => Ledger) {
    this.#ledger = ledger;
  }

  readonly now = (): number => this.#now;

  put(stream: LedgerStream, tags: readonly LedgerTag[], now: number): Promise<void> {
    this.#now = now;
    return this.#ledger().put([{ stream, tags }]);
  }

  async claimDue(now: number, rows: number, ms: number): Promise<readonly LedgerRow[]> {
    this.#now = now;
    const limits = { rows, rowsPerHost: 1000, probeRows: 1000, claimMs: ms };
    return (await this.#ledger().claimDue(limits)).rows;
  }

  record(checks: readonly (LedgerCheck & { readonly checkedAt: number })[]): Promise<void> {
    this.#now = checks[0]?.checkedAt ?? this.#now;
    return this.#ledger().record(checks);
  }

  hasten(keys: readonly LedgerKey[], at: number): Promise<void> {
    return this.#ledger().hasten(keys, at - this.#now);
  }

  ofStream(namespace: string, name: string): Promise<LedgerRow[]> {
    return this.#ledger().ofStream(namespace, name);
  }

  rows(keys: readonly LedgerKey[]): Promise<LedgerRow[]> {
    return this.#ledger().rows(keys);
  }

  inRepositories(repositories: readonly string[]): Promise<LedgerRow[]> {
    return this.#ledger().inRepositories(repositories);
  }
}

/** Ten tags on each host, all due. */
async function manyOn(
  ledger: LedgerAt,
  database: TestDatabase,
  ...hosts: readonly string[]
): Promise<void> {
  const tags = hosts.flatMap((host) =>
    Array.from({ length: 10 }, (_, i) => tagOf(`${host}-${i}`, `${host}/app`)),
  );
  await ledger.put(streamOf('a'), tags, start);
  await sql(database.connection, 'update sluice.ledger set due_at = $1', [start]);
}

describe.for(servers)('the ledger on $name', (server) => {
  let database: TestDatabase;
  let record: RecordDatabase;
  const ledger = new LedgerAt(() => record.ledger);

  beforeAll(async () => {
    database = await startTestDatabase(server);
    record = await openRecord({
      connection: database.connection,
      logger: silentLogger,
      ledgerNow: ledger.now,
    });
  });
  afterAll(async () => {
    await record.close();
    await database.stop();
  });
  beforeEach(async () => {
    await sql(database.connection, 'truncate sluice.ledger, sluice.registry');
  });

  async function dueAt(name: string): Promise<number> {
    const [row] = await ledger.ofStream('shop', name);
    return row!.dueAt;
  }

  test('a new tag is due within one period, at the place of its repository', async () => {
    await ledger.put(streamOf('a'), [tagOf('7'), tagOf('8')], start);
    await ledger.put(streamOf('b'), [tagOf('9')], start + 3 * minute);
    const rows = [...(await ledger.ofStream('shop', 'a')), ...(await ledger.ofStream('shop', 'b'))];
    for (const row of rows) {
      expect(row.dueAt).toBeGreaterThan(start);
      expect(row.dueAt).toBeLessThanOrEqual(start + 3 * minute + periodMs);
      expect(row).toMatchObject({ failures: 0, periodMs, repository: 'docker.io/library/redis' });
      expect(row).not.toHaveProperty('checkedAt');
    }
    expect(new Set(rows.map((row) => row.dueAt % periodMs)).size).toBe(1);
  });

  test('putting the same tags again changes nothing', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    await ledger.record([
      { ...streamOf('a'), tag: '7', checkedAt: start + minute, digest: 'sha256:1' },
    ]);
    const before = await ledger.ofStream('shop', 'a');
    await ledger.put(streamOf('a'), [tagOf('7')], start + 2 * periodMs);
    expect(await ledger.ofStream('shop', 'a')).toEqual(
      before.map((row) => ({ ...row, readAt: start + 2 * periodMs })),
    );
  });

  test('a tag that follows another image forgets what was seen', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    await ledger.record([
      { ...streamOf('a'), tag: '7', checkedAt: start, digest: 'sha256:1', failure: 'NotFound: x' },
    ]);
    await ledger.put(streamOf('a'), [{ ...tagOf('7', 'quay.io/new/home') }], start + minute);
    const [row] = await ledger.ofStream('shop', 'a');
    expect(row).toEqual({
      ...streamOf('a'),
      ...tagOf('7', 'quay.io/new/home'),
      dueAt: row!.dueAt,
      failures: 0,
      readAt: start + minute,
    });
  });

  test('another period changes the clock and keeps the digest', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    await ledger.record([{ ...streamOf('a'), tag: '7', checkedAt: start, digest: 'sha256:1' }]);
    await ledger.put(streamOf('a'), [{ ...tagOf('7'), periodMs: minute }], start);
    const [row] = await ledger.ofStream('shop', 'a');
    expect(row).toMatchObject({ digest: 'sha256:1', periodMs: minute });
    expect(row!.dueAt).toBeLessThanOrEqual(start + minute);
  });

  test('tags that are no longer scheduled leave, and so do those of a stream of that name before', async () => {
    await ledger.put(streamOf('a'), [tagOf('7'), tagOf('8')], start);
    await ledger.put(streamOf('a'), [tagOf('8')], start);
    expect((await ledger.ofStream('shop', 'a')).map(({ tag }) => tag)).toEqual(['8']);
    await ledger.put({ ...streamOf('a'), uid: 'another' }, [tagOf('9')], start);
    expect((await ledger.ofStream('shop', 'a')).map(({ tag }) => tag)).toEqual(['9']);
    await ledger.put({ ...streamOf('a'), uid: 'another' }, [], start);
    expect(await ledger.ofStream('shop', 'a')).toEqual([]);
  });

  test('nothing is claimed before it is due, and once only', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    const due = await dueAt('a');
    expect(await ledger.claimDue(due - 1, 10, claimMs)).toEqual([]);
    const claimed = await ledger.claimDue(due, 10, claimMs);
    expect(claimed.map(({ tag, name }) => [name, tag])).toEqual([['a', '7']]);
    expect(await ledger.claimDue(due + minute, 10, claimMs)).toEqual([]);
  });

  test('schedulers that claim at once never get the same row', async () => {
    const repositories = Array.from({ length: 30 }, (_, i) => `docker.io/team/app${i}`);
    await ledger.put(
      streamOf('a'),
      repositories.map((repository, i) => tagOf(`t${i}`, repository)),
      start,
    );
    const claims = await Promise.all(
      Array.from({ length: 6 }, () => ledger.claimDue(start + periodMs + 1, 100, claimMs)),
    );
    const tags = claims.flat().map(({ tag }) => tag);
    expect(new Set(tags).size).toBe(tags.length);
    expect(tags.length).toBeGreaterThan(0);
  });

  test.for([
    { name: 'one pull spec', specs: ['redis:7', 'redis:7', 'redis:7'] },
    {
      name: 'one image under several names',
      specs: ['redis', 'docker.io/library/redis:latest', 'index.docker.io/library/redis'],
    },
  ])('a claim takes the oldest first, and those that follow $name together', async ({ specs }) => {
    const followers = specs.map((from, i) => ({ ...tagOf(String(i + 1)), from }));
    await ledger.put(streamOf('a'), [...followers, tagOf('x', 'docker.io/small/one')], start);
    await sql(
      database.connection,
      'update sluice.ledger set due_at = case when tag = $1 then $3::bigint else $2 end',
      ['x', start, start + 1],
    );
    const first = await ledger.claimDue(start + 1, 2, claimMs);
    expect(first.map(({ tag }) => tag).toSorted()).toEqual(['1', '2', '3']);
    const second = await ledger.claimDue(start + 1, 2, claimMs);
    expect(second.map(({ tag }) => tag)).toEqual(['x']);
  });

  describe('hosts', () => {
    const limits = { rows: 100, rowsPerHost: 4, probeRows: 1, claimMs };

    async function claimed(): Promise<Record<string, number>> {
      const { rows } = await record.ledger.claimDue(limits);
      const byHost = Map.groupBy(rows, ({ repository }) => repository.split('/')[0]!);
      return Object.fromEntries([...byHost].map(([host, ofHost]) => [host, ofHost.length]));
    }

    test('get no more than their share at one time, so that a slow one leaves room', async () => {
      await manyOn(ledger, database, 'a.example', 'b.example');
      expect(await claimed()).toEqual({ 'a.example': 4, 'b.example': 4 });
      expect(await claimed()).toEqual({});
      const done = (await ledger.ofStream('shop', 'a')).filter(({ tag }) => tag.startsWith('b'));
      await record.ledger.record(done);
      expect(await claimed()).toEqual({});
      await record.ledger.release();
      expect(await claimed()).toEqual({ 'a.example': 4 });
    });

    test('that said stop, or do not answer, are left alone until then', async () => {
      await manyOn(ledger, database, 'a.example', 'b.example', 'c.example', 'd.example');
      await sql(
        database.connection,
        `update sluice.registry set
           blocked_until = case host when 'a.example' then $1::bigint else 0 end,
           held_until = case host when 'b.example' then $1::bigint else 0 end,
           people_until = case host when 'd.example' then $1::bigint else 0 end`,
        [start + minute],
      );
      expect(await claimed()).toEqual({ 'c.example': 4 });
      expect(await record.ledger.lag()).toEqual({ tags: 40, waiting: 6, heldBack: 30, lagMs: 0 });
      await ledger.claimDue(start + minute, 100, claimMs);
      expect(await record.ledger.lag()).toMatchObject({ waiting: 0, heldBack: 0 });
    });

    test('that did not answer the last time are tried with a few tags', async () => {
      await manyOn(ledger, database, 'a.example', 'b.example');
      await sql(
        database.connection,
        "update sluice.registry set failures = 2 where host = 'a.example'",
      );
      expect(await claimed()).toEqual({ 'a.example': 1, 'b.example': 4 });
    });

    test('with a rate get what they may be asked within ten seconds', async () => {
      await manyOn(ledger, database, 'a.example');
      await sql(database.connection, 'update sluice.registry set rate = 0.2');
      expect(await claimed()).toEqual({ 'a.example': 2 });
    });
  });

  test('checks that were not made are given back, and tags that are gone are taken out', async () => {
    await ledger.put(streamOf('a'), [tagOf('7'), tagOf('8')], start);
    const due = await dueAt('a');
    const claim = await ledger.claimDue(due, 10, claimMs);
    expect(claim).toHaveLength(2);
    await record.ledger.giveBack(claim.slice(0, 1));
    await record.ledger.remove([{ ...claim[1]!, uid: 'another' }]);
    expect(await ledger.ofStream('shop', 'a')).toHaveLength(2);
    await record.ledger.remove(claim.slice(1));
    expect((await ledger.claimDue(due, 10, claimMs)).map(({ tag }) => tag)).toEqual([
      claim[0]!.tag,
    ]);
  });

  test('candidates are kept until others come, and etags with their digest', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    const key = { ...streamOf('a'), tag: '7', checkedAt: start };
    const candidates = [{ digest: 'sha256:2', seenAt: start }];
    await ledger.record([
      { ...key, digest: 'sha256:1', etag: '"1"', acceptProfile: 'v1', candidates },
    ]);
    await ledger.record([{ ...key, digest: 'sha256:1' }]);
    expect((await ledger.rows([key]))[0]).toMatchObject({ candidates, etag: '"1"' });
    await ledger.record([{ ...key, digest: 'sha256:2', candidates: [] }]);
    const [row] = await ledger.rows([key]);
    expect(row).not.toHaveProperty('candidates');
    expect(row).not.toHaveProperty('etag');
  });

  test("goes by the database's clock, whatever the workers' clocks say", async () => {
    await using other = await openRecord({
      connection: database.connection,
      logger: silentLogger,
      clock: { ...systemClock, now: () => Date.now() + 600_000 },
    });
    await other.ledger.put([{ stream: streamOf('a'), tags: [{ ...tagOf('7'), periodMs: 5_000 }] }]);
    const [row] = await other.ledger.ofStream('shop', 'a');
    const [clock] = await sql<{ ms: string }>(
      database.connection,
      'select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms',
    );
    expect(Math.abs(Number(clock!.ms) - row!.readAt)).toBeLessThan(5_000);
    expect(row!.dueAt - row!.readAt).toBeLessThanOrEqual(5_000);
  });

  test('a claim whose worker was lost is void after its time', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    const due = await dueAt('a');
    await ledger.claimDue(due, 10, claimMs);
    expect(await ledger.claimDue(due + claimMs - 1, 10, claimMs)).toEqual([]);
    expect(await ledger.claimDue(due + claimMs, 10, claimMs)).toHaveLength(1);
  });

  test('a claim whose check takes long is kept', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    const due = await dueAt('a');
    const claim = await ledger.claimDue(due, 10, claimMs);
    await record.ledger.extend(claim, 2 * claimMs);
    expect(await ledger.claimDue(due + claimMs, 10, claimMs)).toEqual([]);
    expect(await ledger.claimDue(due + 2 * claimMs, 10, claimMs)).toHaveLength(1);
  });

  test('a check that worked sets the next turn, and so does one that failed', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    const due = await dueAt('a');
    const check = { ...streamOf('a'), tag: '7' };
    await ledger.claimDue(due, 10, claimMs);
    await ledger.record([{ ...check, checkedAt: due + minute, digest: 'sha256:1' }]);
    expect((await ledger.rows([check]))[0]).toMatchObject({
      dueAt: due + periodMs,
      checkedAt: due + minute,
      digest: 'sha256:1',
      failures: 0,
    });
    for (const turn of [1, 2]) {
      await ledger.record([
        { ...check, checkedAt: due + turn * periodMs + 5, failure: 'Unauthorized: no' },
      ]);
      expect((await ledger.rows([check]))[0]).toMatchObject({
        dueAt: due + (turn + 1) * periodMs,
        digest: 'sha256:1',
        failures: turn,
        failure: 'Unauthorized: no',
      });
    }
    await ledger.record([{ ...check, checkedAt: due + 4 * periodMs, digest: 'sha256:2' }]);
    const [row] = await ledger.rows([check]);
    expect(row).toMatchObject({ failures: 0, digest: 'sha256:2' });
    expect(row).not.toHaveProperty('failure');
  });

  test('a check can ask to be repeated earlier than at its turn', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    const retryAt = start + 30_000;
    await ledger.record([
      {
        ...streamOf('a'),
        tag: '7',
        checkedAt: start,
        failure: 'TooManyRequests: x',
        retryMs: 30_000,
      },
    ]);
    expect(await dueAt('a')).toBe(retryAt);
  });

  test('what was seen of a stream that was made anew is dropped', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    await ledger.record([
      { ...streamOf('a'), uid: 'another', tag: '7', checkedAt: start, digest: 'sha256:1' },
    ]);
    expect((await ledger.ofStream('shop', 'a'))[0]).not.toHaveProperty('digest');
    expect(await ledger.rows([{ ...streamOf('a'), uid: 'another', tag: '7' }])).toEqual([]);
  });

  test('after an outage nothing comes in a burst: what is late takes its next turn, once', async () => {
    const count = 300;
    const tags = Array.from({ length: count }, (_, i) => tagOf(`t${i}`, `docker.io/app/n${i}`));
    await ledger.put(streamOf('a'), tags, start);
    const back = start + 4 * periodMs + 7 * minute;
    const perMinute: number[] = [];
    for (let elapsed = 0; elapsed <= 15; elapsed += 1) {
      const now = back + elapsed * minute;
      const claimed = await ledger.claimDue(now, 1000, claimMs);
      perMinute.push(claimed.length);
      await ledger.record(claimed.map((row) => ({ ...row, checkedAt: now })));
    }
    expect(perMinute.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(count);
    expect(Math.max(...perMinute)).toBeLessThan((count / 15) * 2.5);
    for (const row of await ledger.ofStream('shop', 'a')) expect(row.checkedAt).toBeDefined();
  });

  test('an installation that is always late still checks everything', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    const late = (await dueAt('a')) + periodMs / 2;
    expect(await ledger.claimDue(late, 10, claimMs)).toEqual([]);
    expect(await ledger.claimDue(late + periodMs, 10, claimMs)).toHaveLength(1);
  });

  test('a row that was hastened is due at once and goes on with its turns after the check', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    const turn = await dueAt('a');
    const at = start + 1000;
    await ledger.hasten([{ ...streamOf('a'), tag: '7' }], at);
    expect(await ledger.claimDue(at - 1, 10, claimMs)).toEqual([]);
    expect(await ledger.claimDue(at, 10, claimMs)).toHaveLength(1);
    await ledger.record([{ ...streamOf('a'), tag: '7', checkedAt: at + 10 }]);
    expect(await dueAt('a')).toBe(turn);
  });

  test('a row that is hastened while it is checked is checked once more', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    const key = { ...streamOf('a'), tag: '7' };
    const due = await dueAt('a');
    await ledger.claimDue(due, 10, claimMs);
    await ledger.hasten([key], due + 500);
    await ledger.hasten([key], due + 300);
    expect(await ledger.claimDue(due + 500, 10, claimMs)).toEqual([]);
    await ledger.record([{ ...key, checkedAt: due + 600 }]);
    expect(await dueAt('a')).toBe(due + 500);
    expect(await ledger.claimDue(due + 700, 10, claimMs)).toHaveLength(1);
    await ledger.record([{ ...key, checkedAt: due + 800 }]);
    expect(await dueAt('a')).toBe(due + periodMs);
  });

  test('a row that was due anyway is checked again when the push was told of too late for its check', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    const key = { ...streamOf('a'), tag: '7' };
    const due = await dueAt('a');
    await ledger.hasten([key], due + 500);
    expect(await ledger.claimDue(due + 100, 10, claimMs)).toHaveLength(1);
    await ledger.record([{ ...key, checkedAt: due + 200 }]);
    expect(await dueAt('a')).toBe(due + 500);
  });

  test('a row that was hastened is not put off when it is late', async () => {
    await ledger.put(streamOf('a'), [tagOf('7')], start);
    await ledger.hasten([{ ...streamOf('a'), tag: '7' }], start + 1);
    expect(await ledger.claimDue(start + 5 * minute, 10, claimMs)).toHaveLength(1);
  });

  test('only the rows that are named are hastened, and another stream of the name is left alone', async () => {
    await ledger.put(streamOf('a'), [tagOf('7'), tagOf('8')], start);
    await ledger.hasten(
      [
        { ...streamOf('a'), tag: '8' },
        { ...streamOf('a'), uid: 'other', tag: '7' },
      ],
      start,
    );
    const claimed = await ledger.claimDue(start, 10, claimMs);
    expect(claimed.map(({ tag }) => tag)).toEqual(['8']);
  });

  test('the rows of repositories are found, whoever follows them', async () => {
    await ledger.put(streamOf('a'), [tagOf('7'), tagOf('x', 'quay.io/acme/app')], start);
    await ledger.put(streamOf('b'), [tagOf('9'), tagOf('y', 'quay.io/acme/other')], start);
    const found = await ledger.inRepositories(['docker.io/library/redis', 'quay.io/acme/app', '?']);
    expect(found.map(({ name, tag }) => `${name}:${tag}`).toSorted()).toEqual([
      'a:7',
      'a:x',
      'b:9',
    ]);
    expect(await ledger.inRepositories([])).toEqual([]);
  });
});
