import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { HostileServer } from './misdeed.ts';
import { misdeed } from './serve.ts';

/** Listens with the shortest queue there is, and says where. */
const listener = `
const server = require('node:net').createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
`;
/** A queue of one takes two or three; this many would mean that the system answers for the process. */
const mostQueued = 64;
/** On the loopback a connection that is taken is there at once. */
const patienceMs = 200;

/** A process that has stopped while it listens: once its queue is full the system answers no connection any more. */
export const neverAccepted = misdeed(32, 'a connection that is never accepted', async () => {
  const child = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  child.kill('SIGSTOP');
  const queued = await fillQueue(port);
  const host = `127.0.0.1:${port}`;
  return {
    url: `http://${host}`,
    host,
    requests: [],
    connections: 0,
    open: 0,
    bytesSent: 0,
    accomplice: undefined,
    authority: undefined,
    [Symbol.asyncDispose]: async () => end(child, queued),
  } satisfies HostileServer;
});

async function fillQueue(port: number): Promise<Socket[]> {
  const queued: Socket[] = [];
  while (queued.length < mostQueued) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    queued.push(socket);
    const isTaken = await Promise.race([
      once(socket, 'connect').then(() => true),
      sleep(patienceMs, false),
    ]);
    if (!isTaken) return queued;
  }
  throw new Error(`${mostQueued} connections were taken although nobody accepts them`);
}

async function end(child: ChildProcess, queued: readonly Socket[]): Promise<void> {
  for (const socket of queued) socket.destroy();
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
