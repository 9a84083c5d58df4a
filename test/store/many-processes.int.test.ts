import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { expect, onTestFinished, test } from 'vitest';

import type { DatabaseConnection } from '#src/lib/database-connection.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { openRecord } from '#src/store/open.ts';
import { type Store, StoreError } from '#src/store/store.ts';
import { servers, sql, startTestDatabase } from '#test/support/postgres.ts';

import { collect, replay } from './watching.ts';
import type { Command, Sighting } from './writing-process.ts';

const processes = 3;
/** At least so long, for the disturbances to come, and until there is something to compare. */
const writingMs = 3_000;
const fewestWrites = 300;

test.for([
  ...servers.map((server) => ({ ...server, disturbance: 'nothing' })),
  { ...servers[0]!, disturbance: 'connections that are cut' },
  { ...servers[0]!, disturbance: 'a server that is restarted' },
])(
  'three processes on $name see the same log, disturbed by $disturbance',
  async ({ binDir, disturbance }) => {
    await using database = await startTestDatabase(binDir === undefined ? {} : { binDir });
    const { connection, server } = database;
    await using record = await openRecord({ connection, logger: silentLogger });
    const children = Array.from({ length: processes }, (_, seed) => forkWriter(connection, seed));

    const end = Date.now() + writingMs;
    let disturbances = 0;
    while (Date.now() < end || (await revisionOf(record.store)) < fewestWrites) {
      await pause(250);
      if (disturbance === 'connections that are cut') {
        await cutConnections(server.connection);
        disturbances += 1;
      } else if (disturbance === 'a server that is restarted' && disturbances < 2) {
        await pause(500);
        process.kill(server.pid, disturbances === 0 ? 'SIGINT' : 'SIGKILL');
        disturbances += 1;
      }
    }
    await Promise.all(children.map((child) => ask(child, { stopWriting: true })));
    const watchUntil = await record.store.currentRevision();
    const sightings = (await Promise.all(
      children.map((child) => ask(child, { watchUntil })),
    )) as Sighting[];

    const log = await collect(record.store, 0, watchUntil);
    expect(log.map(({ revision }) => revision)).toEqual(log.map((_, index) => index + 1));
    for (const sighting of sightings) {
      expect(sighting).toMatchObject({ events: watchUntil, outOfSequence: 0 });
      expect(sighting.hash).toBe(sightings[0]!.hash);
      expect(sighting.writes).toBeGreaterThan(0);
    }
    const { entries } = await record.store.list({ resource: 'things' });
    expect(new Map(entries.map(({ key, body }) => [key.name, body]))).toEqual(replay(log));
  },
);

/** 0 while there is no answer, because the server is disturbed. */
async function revisionOf(store: Store): Promise<number> {
  return store.currentRevision().catch((error: unknown) => {
    if (error instanceof StoreError) return 0;
    throw error;
  });
}

function forkWriter(connection: DatabaseConnection, seed: number): ChildProcess {
  const program = new URL('writing-process.ts', import.meta.url);
  const child = fork(program, [JSON.stringify(connection), String(seed), '8']);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function ask(child: ChildProcess, command: Command): Promise<unknown> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(40_000) });
  child.send(command);
  const [message] = (await answer) as [unknown];
  return message;
}

/** Cuts about a third of all connections, whatever they are doing. */
async function cutConnections(admin: DatabaseConnection): Promise<void> {
  await sql(
    admin,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name like 'sluice%' and pid <> pg_backend_pid() and random() < 0.3`,
  );
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
