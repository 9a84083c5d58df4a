import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { silentLogger } from '#src/lib/logger.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { servers, sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

function patience(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

describe.for(servers)('the mailbox on $name', (server) => {
  let database: TestDatabase;
  let asker: RecordDatabase;
  let worker: RecordDatabase;

  beforeAll(async () => {
    database = await startTestDatabase(server);
    const options = { connection: database.connection, logger: silentLogger };
    // Two that open at once also migrate at once.
    [asker, worker] = await Promise.all([openRecord(options), openRecord(options)]);
  });
  afterAll(async () => {
    await Promise.all([asker.close(), worker.close()]);
    await database.stop();
  });

  test('an answer given in another process reaches the waiter', async () => {
    const id = await asker.mailbox.post({ import: 'redis' });
    const waiting = asker.mailbox.wait(id, patience());
    expect(await worker.mailbox.read(id)).toEqual({ import: 'redis' });
    await worker.mailbox.answer(id, { status: 'Success' });
    expect(await waiting).toEqual({ status: 'Success' });
  });

  test('an answer given before anybody waits is there', async () => {
    const id = await asker.mailbox.post('x');
    await worker.mailbox.answer(id, [1]);
    expect(await asker.mailbox.wait(id, patience())).toEqual([1]);
  });

  test('the first answer counts, and what was answered is no longer read', async () => {
    const id = await asker.mailbox.post('x');
    await worker.mailbox.answer(id, 1);
    await worker.mailbox.answer(id, 2);
    expect(await worker.mailbox.read(id)).toBeUndefined();
    expect(await asker.mailbox.wait(id, patience())).toBe(1);
  });

  test('many waiters each get their own answer', async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, (_, i) => asker.mailbox.post(i)));
    const waiting = ids.map((id) => asker.mailbox.wait(id, patience()));
    await Promise.all(
      ids.map(async (id) =>
        worker.mailbox.answer(id, `for ${String(await worker.mailbox.read(id))}`),
      ),
    );
    expect(await Promise.all(waiting)).toEqual(ids.map((_, i) => `for ${i}`));
  });

  test('a waiter that gives up withdraws its request', async () => {
    const id = await asker.mailbox.post('x');
    const reason = new Error('the client went away');
    await expect(asker.mailbox.wait(id, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await worker.mailbox.read(id)).toBeUndefined();
    await worker.mailbox.answer(id, 'too late');
    const rows = await sql(database.connection, 'select from sluice.mailbox where id = $1', [id]);
    expect(rows).toEqual([]);
  });

  test('a waiter that is interrupted rejects with the reason', async () => {
    const id = await asker.mailbox.post('x');
    const stop = new AbortController();
    const waiting = asker.mailbox.wait(id, stop.signal);
    const reason = new Error('timeout');
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test('a request that is gone is not waited for', async () => {
    const id = await asker.mailbox.post('x');
    await sql(database.connection, 'delete from sluice.mailbox where id = $1', [id]);
    await expect(asker.mailbox.wait(id, patience())).rejects.toMatchObject({ code: 'KeyNotFound' });
  });

  test('an answer arrives although every connection was cut while waiting', async () => {
    const id = await asker.mailbox.post('x');
    const waiting = asker.mailbox.wait(id, patience());
    await sql(
      database.connection,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await worker.mailbox.answer(id, 'done');
    expect(await waiting).toBe('done');
  });
});
