import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { silentLogger } from '#src/lib/logger.ts';
import { startEmbeddedServer } from '#src/store/embedded/server.ts';
import { openRecord } from '#src/store/open.ts';

import type { Message } from './doomed-process.ts';
import { collect } from './watching.ts';

/** Enough for a change; the long fault tests ask for more. */
const rounds = Number(process.env['SLUICE_KILL_ROUNDS'] ?? 8);

test(
  'of writes that were acknowledged none is lost, and no event is missed or doubled, however often all is killed',
  { timeout: 30_000 + rounds * 10_000 },
  async () => {
    const dataDir = await mkdtemp(path.join(os.tmpdir(), 'sluice-kill-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    await chmod(dataDir, 0o711);
    const acknowledged = new Map<number, string>();
    const delivered: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const before = acknowledged.size;
      await runAndKill(dataDir, round, { acknowledged, delivered });
      expect(acknowledged.size).toBeGreaterThan(before);
    }

    await using server = await startEmbeddedServer({ dataDir, logger: silentLogger });
    await using record = await openRecord({ connection: server.connection, logger: silentLogger });
    const log = await collect(record.store, 0, await record.store.currentRevision());
    expect(log.map(({ revision }) => revision)).toEqual(log.map((_, index) => index + 1));
    for (const [revision, written] of acknowledged) {
      const { key, body } = log[revision - 1]!;
      expect(`${key.name} ${body}`).toBe(written);
    }
    expect(delivered).toEqual(delivered.map((_, index) => index + 1));
    expect(delivered.length).toBeGreaterThan(0);
    expect(delivered.length).toBeLessThanOrEqual(log.length);
  },
);

interface Witness {
  /** What was acknowledged, by revision. */
  readonly acknowledged: Map<number, string>;
  /** Revisions of the events that came, in the order they came. */
  readonly delivered: number[];
}

async function runAndKill(dataDir: string, round: number, witness: Witness): Promise<void> {
  const program = new URL('doomed-process.ts', import.meta.url);
  const cursor = String(witness.delivered.at(-1) ?? 0);
  const child = fork(program, [dataDir, String(round), cursor]);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ready = Promise.withResolvers<number>();
  child.on('message', (message: Message) => {
    if ('postmaster' in message) ready.resolve(message.postmaster);
    else if ('delivered' in message) witness.delivered.push(...message.delivered);
    else witness.acknowledged.set(message.acknowledged, `${message.name} ${message.body}`);
  });
  const ended = once(child, 'close');
  void ended.then(() => ready.reject(new Error('the process ended by itself')));
  const postmaster = await ready.promise;
  await new Promise((resolve) => {
    setTimeout(resolve, 300 + ((round * 137) % 500));
  });
  child.kill('SIGKILL');
  // Every second time the server goes at the same moment, else it shuts down by itself.
  if (round % 2 === 0) process.kill(postmaster, 'SIGKILL');
  await ended;
}
