import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import {
  createNotificationReceiver,
  notificationsPath,
  type NotificationReceiver,
} from '#src/registry/notifications/receiver.ts';
import type { LedgerRow } from '#src/store/ledger.ts';

const token = 'a-token-of-some-length';
const type = 'application/vnd.docker.distribution.events.v1+json';
const row: LedgerRow = {
  namespace: 'shop',
  name: 'app',
  uid: 'u',
  tag: 'live',
  from: 'registry:5000/acme/app:v1',
  repository: 'registry:5000/acme/app',
  periodMs: 900_000,
  dueAt: 0,
  failures: 0,
  readAt: 0,
};
const push = {
  action: 'push',
  target: { repository: 'acme/app', tag: 'v1' },
  request: { host: 'registry:5000' },
};

const ledger = {
  inRepositories: vi.fn<(repositories: readonly string[]) => Promise<LedgerRow[]>>(),
  hasten: vi.fn<(keys: readonly object[], at: number) => Promise<void>>(),
};
let receiver: NotificationReceiver;
let server: Server;
let port: number;
const handled: Promise<void>[] = [];

beforeAll(async () => {
  receiver = createNotificationReceiver({
    token,
    ledger,
    clock: systemClock,
    logger: silentLogger,
    handOut: () => Promise.resolve(),
    settleMs: 0,
  });
  server = createServer((request, response) => {
    handled.push(receiver.handle(request, response));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  await receiver.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  vi.resetAllMocks();
  ledger.inRepositories.mockImplementation((repositories) =>
    Promise.resolve(repositories.includes(row.repository) ? [row] : []),
  );
  ledger.hasten.mockResolvedValue();
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function report(
  body: string | readonly string[],
  { path = notificationsPath, headers = {} } = {},
): Promise<Answer> {
  const request = httpRequest({
    port,
    host: '127.0.0.1',
    path,
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': type, ...headers },
  });
  const answered = once(request, 'response');
  for (const part of [body].flat()) request.write(part);
  request.end();
  const [response] = (await answered) as [AsyncIterable<Buffer> & { statusCode: number }];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, text: Buffer.concat(chunks).toString('utf8') };
}

const events = (...all: readonly object[]): string => JSON.stringify({ events: all });

test('a push of a tag that is followed is noted before it is answered', async () => {
  expect(await report(events(push))).toEqual({ status: 202, text: '' });
  expect(ledger.hasten).toHaveBeenCalledExactlyOnceWith([row], expect.any(Number));
});

test.for([
  [`${notificationsPath}?host=registry:5000`, 1],
  [`${notificationsPath}?host=other:5000&host=registry:5000`, 1],
  [`${notificationsPath}/?host=registry%3A5000`, 1],
  [`${notificationsPath}?host=other:5000`, 0],
  [`${notificationsPath}?host=&host=%2F&host=@`, 0],
] as const)('names of the registry are taken from the URL: %s', async ([path, times]) => {
  const outside = { ...push, request: { host: 'localhost:5000' } };
  expect((await report(events(outside), { path })).status).toBe(202);
  expect(ledger.hasten).toHaveBeenCalledTimes(times);
});

test('pulls and pushes of layers do not touch the database', async () => {
  const pull = { ...push, action: 'pull' };
  const layer = { ...push, target: { repository: 'acme/app' } };
  expect((await report(events(pull, layer))).status).toBe(202);
  expect(ledger.inRepositories).not.toHaveBeenCalled();
});

test('while the database is away the registry is asked to come again', async () => {
  ledger.inRepositories.mockRejectedValueOnce(new Error('password authentication failed'));
  const { status, text } = await report(events(push));
  expect(status).toBe(503);
  expect(JSON.parse(text)).toMatchObject({ kind: 'Status', reason: 'ServiceUnavailable' });
  expect(text).not.toContain('password');
  expect((await report(events(push))).status).toBe(202);
});

test('a body that says nothing of its length is bounded too', async () => {
  const parts = Array.from({ length: 6 }, () => ' '.repeat(1024 * 1024));
  expect((await report(parts)).status).toBe(413);
});

test('a body that says to be far too long is not read', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST ${notificationsPath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: ${type}\r\nContent-Length: 999999999999\r\n\r\n`,
  );
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1\.1 413 /);
});

test('a sender that leaves in the middle is nobody', async () => {
  const before = handled.length;
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST ${notificationsPath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: ${type}\r\nContent-Length: 1000\r\n\r\n{"events":[`,
  );
  await vi.waitFor(() => expect(handled.length).toBe(before + 1));
  socket.destroy();
  await handled.at(-1);
  expect(ledger.inRepositories).not.toHaveBeenCalled();
});
