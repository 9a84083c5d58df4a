import { randomBytes } from 'node:crypto';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { connect as tlsConnect } from 'node:tls';
import { gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { startHarness, widgetsPath } from '../support/harness.ts';
import { coreIn, createStream, imageGroup, streamsIn } from './support/objects.ts';
import { freshName, type Program, startProgram } from './support/program.ts';

let api: Program;
let namespace: string;

beforeAll(async () => {
  api = await startProgram({ args: ['--controllers=off', '--log-level=debug'] });
  namespace = await api.namespace();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

test('184 too many requests at once are told when to come back, and kubectl does', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await using own = await startHarness({
    inFlight: { reading: 1, writing: 1 },
    pathHandlers: [
      async ({ path }) => {
        if (path !== '/slow') return undefined;
        await held;
        return { status: 200, headers: {}, body: 'done' };
      },
    ],
  });
  const slow = own.request('GET', '/slow');
  await vi.waitFor(async () => {
    expect((await own.request('GET', widgetsPath)).status).toBe(429);
  }, 10_000);
  const refused = await own.request('GET', widgetsPath);
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.json.reason).toBe('TooManyRequests');
  expect((await own.request('GET', '/livez')).status).toBe(200);
  const patient = own.kubectl(['get', 'wd']);
  release();
  expect((await slow).text).toBe('done');
  expect(await patient).toMatchObject({ exitCode: 0 });
});

test('185 who accepts gzip can read every answer, and a watch is never compressed', async () => {
  const gzip = { 'accept-encoding': 'gzip' };
  for (const path of ['/openapi/v2', `${imageGroup}/imagestreams`, '/apis']) {
    const { headers, bytes } = await api.get(path, gzip);
    const text = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    expect(JSON.parse(text.toString())).toBeTypeOf('object');
  }
  const watch = await api.watch(`${streamsIn(namespace)}?watch=true`, { headers: gzip });
  await createStream(api, namespace);
  await watch.until(1);
  watch.stop();
  expect(watch.headers['content-encoding']).toBeUndefined();
});

test('a client that offers HTTP/2 as well agrees on HTTP/1.1', async () => {
  const { port } = new URL(api.server.url);
  const agreed = await new Promise<string | false | null>((resolve, reject) => {
    const options = { host: '127.0.0.1', port: Number(port), ca: api.server.ca };
    const socket = tlsConnect({ ...options, ALPNProtocols: ['h2', 'http/1.1'] }, () => {
      resolve(socket.alpnProtocol);
      socket.destroy();
    });
    socket.once('error', reject);
  });
  expect(agreed).toBe('http/1.1');
});

/** One request over a connection that an agent keeps; answers the status and from which port it was sent. */
function kept(agent: Agent, options: RequestOptions, body?: string): Promise<[number, number]> {
  const { url, token } = api.server;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { agent, headers, ...options }, (response) => {
      const port = response.socket.localPort ?? 0;
      response.resume().once('end', () => resolve([response.statusCode ?? 0, port]));
    });
    request.once('error', reject).end(body);
  });
}

test('187 a connection that was idle is not closed on the next POST', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: api.server.ca });
  const first = await kept(agent, { method: 'GET', path: '/version' });
  const { headers } = await api.get('/version', { connection: 'keep-alive' });
  // Go keeps idle connections for 90 seconds: whoever closes one must be the client.
  expect(Number(/timeout=(\d+)/.exec(String(headers['keep-alive']))?.[1])).toBeGreaterThan(100);
  const body = JSON.stringify({ metadata: { name: freshName() } });
  const second = await kept(agent, { method: 'POST', path: coreIn(namespace, 'configmaps') }, body);
  agent.destroy();
  expect(first[0]).toBe(200);
  expect(second).toEqual([201, first[1]]);
});

test('188 warnings are quoted, whatever is in them', async () => {
  const body = { metadata: { name: freshName() }, spec: { 'a"b\\c': 1, größe: 2, '€': 3 } };
  const { headers } = await api.post(streamsIn(namespace), body);
  const warning = Buffer.from(headers['warning'] as string, 'latin1').toString();
  expect(warning.split(', ')).toEqual([
    String.raw`299 - "unknown field \"spec.a\\\"b\\\\c\""`,
    String.raw`299 - "unknown field \"spec.größe\""`,
    String.raw`299 - "unknown field \"spec.€\""`,
  ]);
});

test('189 nothing secret is in the logs', async () => {
  const secret = randomBytes(12).toString('hex');
  const encoded = Buffer.from(secret).toString('base64');
  const path = coreIn(namespace, 'secrets');
  await api.post(path, { metadata: { name: 'hidden' }, stringData: { a: secret } });
  await api.patch(`${path}/hidden`, { stringData: { b: secret } });
  await api.post(path, `{"metadata":{"name":"bad"},"data":{"a":"${secret}!"},`);
  await api.request('GET', `${path}?token=${secret}`, { token: secret });
  const logs = api.server.logs();
  expect(logs).toContain('"msg":"request"');
  for (const text of [secret, encoded, api.server.token]) expect(logs).not.toContain(text);
});

/** Requests that no client sends on purpose. */
const malformed: readonly {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}[] = [
  { what: 'an unknown method', method: 'PURGE', path: '/apis' },
  { what: 'OPTIONS', method: 'OPTIONS', path: '/api/v1/namespaces' },
  { what: 'TRACE of an object', method: 'TRACE', path: '/api/v1/namespaces/default' },
  { what: 'POST to an object', method: 'POST', path: '/api/v1/namespaces/default', body: '{}' },
  { what: 'PUT to a collection', method: 'PUT', path: '/api/v1/namespaces', body: '{}' },
  { what: 'DELETE of a status', method: 'DELETE', path: '/api/v1/namespaces/default/status' },
  { what: 'broken percent-encoding', method: 'GET', path: '/api/v1/namespaces/%zz' },
  { what: 'an encoded slash', method: 'GET', path: '/api/v1/namespaces/a%2Fb' },
  { what: 'a NUL', method: 'GET', path: '/api/v1/namespaces/a%00b' },
  { what: 'many slashes', method: 'GET', path: '//api//v1//nothing' },
  { what: 'a very long name', method: 'GET', path: `/api/v1/namespaces/${'a'.repeat(9000)}` },
  { what: 'a broken query', method: 'GET', path: '/api/v1/namespaces?limit=%zz&labelSelector=%00' },
  { what: 'a body that is no JSON', method: 'POST', path: '/api/v1/namespaces', body: '{' },
  { what: 'a body that is a number', method: 'POST', path: '/api/v1/namespaces', body: '7' },
  { what: 'a body of null', method: 'POST', path: '/api/v1/namespaces', body: 'null' },
  {
    what: 'bytes for protobuf',
    method: 'POST',
    path: '/api/v1/namespaces',
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    body: Buffer.from('6b387300ffffffff', 'hex'),
  },
  {
    what: 'bytes for YAML',
    method: 'POST',
    path: '/api/v1/namespaces',
    headers: { 'content-type': 'application/yaml' },
    body: Buffer.from([0xff, 0xfe, 0x00, 0x3a]),
  },
  {
    what: 'a media type that is none',
    method: 'POST',
    path: '/api/v1/namespaces',
    headers: { 'content-type': ';;;' },
    body: '{}',
  },
  {
    what: 'form data',
    method: 'POST',
    path: '/api/v1/namespaces',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: '--x--',
  },
  { what: 'an Accept that is none', method: 'GET', path: '/apis', headers: { accept: '???' } },
  {
    what: 'an If-None-Match that is none',
    method: 'GET',
    path: '/nothing',
    headers: { 'if-none-match': '"""' },
  },
  {
    what: 'an Authorization that is none',
    method: 'GET',
    path: '/api/v1/namespaces',
    headers: { authorization: 'Basic !!!' },
  },
  {
    what: 'headers of 40 KiB',
    method: 'GET',
    path: '/apis',
    headers: { 'x-big': 'x'.repeat(40_000) },
  },
  {
    what: 'an upgrade',
    method: 'GET',
    path: '/nothing',
    headers: { connection: 'upgrade', upgrade: 'x' },
  },
];

test.for(malformed)('190 $what is answered with a Status of the same code', async (request) => {
  const { method, path, headers, body } = request;
  const answer = await api.request(method, path, {
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.json).toMatchObject({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: answer.status,
    message: expect.stringMatching(/./u),
  });
  expect(answer.text).not.toMatch(/fastify|FST_|node:|\bat \w+ \(/iu);
});

test('190 what is no HTTP is answered with a Status as well', async () => {
  const { port } = new URL(api.server.url);
  for (const line of [
    'NOT HTTP',
    'GET / HTTP/9.9',
    'GET  /\u0001 HTTP/1.1',
    'GET / HTTP/1.1\r\nbad header',
  ]) {
    const text = await new Promise<string>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: Number(port), ca: api.server.ca };
      const socket = tlsConnect(options, () => socket.write(`${line}\r\n\r\n`));
      let received = '';
      socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
      socket.once('close', () => resolve(received));
      socket.once('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(text).toContain('"kind":"Status"');
  }
});
