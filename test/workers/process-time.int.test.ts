import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

import type { Logger } from '#src/lib/logger.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { followDatabaseTime } from '#workers/assembly/process-time.ts';

const machineNow = Date.now;
const hourMs = 3_600_000;

let database: TestDatabase;
let record: RecordDatabase;
let warned: string[];
const note = (): undefined => undefined;
const logger: Logger = {
  debug: note,
  info: note,
  warn: (message) => void warned.push(message),
  error: note,
};

beforeAll(async () => {
  database = await startTestDatabase();
  record = await openRecord({ connection: database.connection, logger });
});
afterAll(async () => {
  await record.close();
  await database.stop();
});
afterEach(() => {
  Date.now = machineNow;
});

/** Milliseconds by which this process is ahead of its machine. */
function aheadMs(): number {
  return Date.now() - machineNow();
}

async function setDatabase(ms: number): Promise<void> {
  await sql(
    database.connection,
    `create or replace function sluice.now_ms() returns bigint language sql volatile
     as $$ select (extract(epoch from clock_timestamp()) * 1000)::bigint + ${ms} $$`,
  );
}

test('a process goes by the clock of its database, also when that is set', async () => {
  warned = [];
  await setDatabase(0);
  const stop = await followDatabaseTime(record, logger, 50);
  expect(Math.abs(aheadMs())).toBeLessThan(1_000);
  expect(warned).toEqual([]);
  for (const ms of [hourMs, -hourMs]) {
    await setDatabase(ms);
    await vi.waitFor(() => expect(Math.abs(aheadMs() - ms)).toBeLessThan(1_000), 10_000);
  }
  expect(warned).toEqual(Array.from({ length: 2 }, () => 'the clock of the database was set'));
  stop();
});

test('one whose machine is off is told so, and a machine that is set changes nothing', async () => {
  warned = [];
  await setDatabase(0);
  Date.now = () => machineNow() + hourMs;
  const stop = await followDatabaseTime(record, logger, 50);
  expect(warned).toEqual(['the clock of this machine is not that of the database, which counts']);
  expect(Math.abs(aheadMs())).toBeLessThan(1_000);
  expect(Number.isInteger(Date.now())).toBe(true);
  stop();
});
