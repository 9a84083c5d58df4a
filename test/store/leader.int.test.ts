import { afterAll, beforeAll, expect, test } from 'vitest';

import { silentLogger } from '#src/lib/logger.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

import { eventually } from './watching.ts';

let database: TestDatabase;
let records: RecordDatabase[];

beforeAll(async () => {
  database = await startTestDatabase();
  const { connection } = database;
  records = await Promise.all(
    [1, 2, 3].map(() => openRecord({ connection, logger: silentLogger })),
  );
});
afterAll(async () => {
  await Promise.all(records.map((record) => record.close()));
  await database.stop();
});

/** Resolves when the signal is aborted. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}

/** Lets every record stand for an office and notes who leads. */
function stand(name: string): { leaders: Set<number>; stop: (who: number) => Promise<void> } {
  const leaders = new Set<number>();
  const candidates = records.map((record, who) => {
    const end = new AbortController();
    const ended = record.leader.withLeadership(name, end.signal, async (signal) => {
      leaders.add(who);
      await untilAborted(signal);
      leaders.delete(who);
    });
    return { end, ended };
  });
  return {
    leaders,
    stop: async (who) => {
      candidates[who]!.end.abort();
      await candidates[who]!.ended;
    },
  };
}

test('one of several leads, and another takes over when it stops', async () => {
  const { leaders, stop } = stand('schedule');
  const left = new Set([0, 1, 2]);
  while (left.size > 0) {
    await eventually(async () => {
      expect(leaders.size).toBe(1);
    });
    const [leader] = leaders;
    expect(left).toContain(leader);
    await stop(leader!);
    left.delete(leader!);
  }
  expect(leaders.size).toBe(0);
});

test('a leader whose connection is cut knows it, and there is a leader again', async () => {
  const { leaders, stop } = stand('cut');
  await eventually(async () => {
    expect(leaders.size).toBe(1);
  });
  const changes: number[] = [];
  const before = [...leaders][0]!;
  await sql(
    database.connection,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sluice leader cut'",
  );
  await eventually(async () => {
    if (!leaders.has(before)) changes.push(before);
    expect(changes).not.toEqual([]);
  });
  await eventually(async () => {
    expect(leaders.size).toBe(1);
  });
  await Promise.all([0, 1, 2].map(stop));
});

test('offices of different names have their own leaders', async () => {
  const end = new AbortController();
  const running = new Set<string>();
  const terms = ['a', 'b'].map((name) =>
    records[0]!.leader.withLeadership(name, end.signal, async (signal) => {
      running.add(name);
      await untilAborted(signal);
    }),
  );
  await eventually(async () => {
    expect(running).toEqual(new Set(['a', 'b']));
  });
  end.abort();
  await Promise.all(terms);
});

test('a term ends when its work is done, or fails with what the work throws', async () => {
  const { leader } = records[0]!;
  const never = new AbortController().signal;
  let runs = 0;
  await leader.withLeadership('done', never, async () => {
    runs += 1;
  });
  expect(runs).toBe(1);
  const bug = new Error('a bug');
  await expect(leader.withLeadership('done', never, () => Promise.reject(bug))).rejects.toBe(bug);
});
