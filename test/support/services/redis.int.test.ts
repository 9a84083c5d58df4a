import { connect } from 'node:net';

import { expect, test } from 'vitest';

import { startRedis } from '#test/support/services/redis.ts';

/** Sends one inline command and answers the first line of the reply, or for a bulk reply its text. */
async function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}

test('a Redis appends to a file, evicts nothing, and keeps its data when it starts again', async () => {
  await using redis = await startRedis();
  expect(await ask(redis.port, 'CONFIG GET appendonly')).toContain('yes');
  expect(await ask(redis.port, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
  await ask(redis.port, 'SET key value');
  await redis.stop();
  await redis.start();
  expect(await ask(redis.port, 'GET key')).toBe('$5\r\nvalue\r\n');
  await redis.kill9();
  await redis.start({ empty: true });
  expect(await ask(redis.port, 'GET key')).toBe('$-1\r\n');
});

test('a Redis with a password turns others away', async () => {
  await using redis = await startRedis({ password: 'p@ss' });
  expect(redis.url).toContain(':p%40ss@');
  expect(await ask(redis.port, 'PING')).toContain('NOAUTH');
});
