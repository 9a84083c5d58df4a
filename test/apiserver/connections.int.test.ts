import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';

import { describe, expect, test, vi } from 'vitest';

import { clientCertificates } from '#src/apiserver/authenticate/client-certificate.ts';
import { mastersAuthorizer } from '#src/apiserver/authorize/built-in.ts';
import { makeAuthority } from '#test/support/tls.ts';

import { startHarness, widgetsPath, type Harness } from './support/harness.ts';
import { connectTls, rawRequest } from './support/raw.ts';

describe('the handshake', () => {
  test('is TLS 1.2 or newer, with forward secrecy and authenticated encryption', async () => {
    await using api = await startHarness();
    // OpenSSL's own policy would keep the client from even trying.
    const old = { ciphers: 'ALL:@SECLEVEL=0' } as const;
    for (const version of ['TLSv1', 'TLSv1.1'] as const)
      await expect(
        connectTls(api, { ...old, minVersion: 'TLSv1', maxVersion: version }),
      ).rejects.toThrow(/protocol version|unsupported protocol/);
    const weak = [
      'ECDHE-ECDSA-AES128-SHA',
      'ECDHE-ECDSA-AES256-SHA',
      'ECDHE-ECDSA-AES128-SHA256',
      'ECDHE-ECDSA-AES256-SHA384',
      'AES128-GCM-SHA256',
      'AES256-SHA',
      'AECDH-AES128-SHA',
      'ECDHE-ECDSA-NULL-SHA',
    ];
    for (const cipher of weak)
      await expect(
        connectTls(api, { ciphers: `${cipher}:@SECLEVEL=0`, maxVersion: 'TLSv1.2' }),
      ).rejects.toThrow('handshake failure');
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await connectTls(api, { maxVersion });
      expect(socket.getProtocol()).toBe(maxVersion);
      expect(socket.getCipher().standardName).toMatch(/GCM|CHACHA20/);
      socket.destroy();
    }
  });

  test('shows the new certificate from one moment to the next, and a watch goes on', async () => {
    await using api = await startHarness();
    const watch = await api.watch(`${widgetsPath}?watch=1`);
    const authority = await makeAuthority();
    const { certificate, key } = await authority.issue(['127.0.0.1']);
    api.server.setTls({ cert: certificate, key });
    const socket = await connectTls(api, { ca: authority.certificate });
    const shown = new X509Certificate(socket.getPeerCertificate().raw);
    expect(shown.fingerprint256).toBe(new X509Certificate(certificate).fingerprint256);
    socket.destroy();
    await expect(connectTls(api)).rejects.toThrow('unable to verify');
    watch.stop();
    expect(watch.status).toBe(200);
  });

  test('a session of the old authority is not resumed under the new one', async () => {
    const [old, other, servers] = await Promise.all([
      makeAuthority('old'),
      makeAuthority('new'),
      makeAuthority('servers'),
    ]);
    const server = await servers.issue(['127.0.0.1']);
    const tls = { cert: server.certificate, key: server.key };
    await using api = await startHarness({
      tls: { ...tls, clientCa: old.certificate },
      authenticators: [clientCertificates],
      authorizer: mastersAuthorizer,
    });
    const mine = await old.issue(['alice']);
    const target = { url: api.url, ca: servers.certificate };
    const client = { cert: mine.certificate, key: mine.key, maxVersion: 'TLSv1.2' } as const;
    const first = await connectTls(target, client);
    const session = first.getSession();
    if (session === undefined) throw new Error('the server offers no session');
    expect(await whoIs(first)).toContain('alice');
    const second = await connectTls(target, { ...client, session });
    expect(second.isSessionReused()).toBe(true);
    expect(await whoIs(second)).toContain('alice');
    api.server.setTls({ ...tls, clientCa: other.certificate });
    const third = await connectTls(target, { ...client, session });
    expect(third.isSessionReused()).toBe(false);
    expect(await whoIs(third)).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe('a slow client', () => {
  const clientTimeouts = { handshake: 300, headers: 400, request: 800, checkEvery: 50 };

  test('is cut off before the handshake, in its headers and in its body, and a watch is not', async () => {
    await using api = await startHarness({ clientTimeouts });
    const watch = await api.watch(`${widgetsPath}?watch=1`);
    let watchEnded = false;
    void watch.ended.finally(() => {
      watchEnded = true;
    });
    const [silent, headers, body] = await Promise.all([
      closedWithoutHandshake(api),
      drip(api, 'GET /version HTTP/1.1\r\nHost: sluice\r\n', 'X-A: b\r\n'),
      drip(
        api,
        `POST ${widgetsPath} HTTP/1.1\r\nHost: sluice\r\nContent-Length: 1000\r\n\r\n`,
        ' ',
      ),
    ]);
    expect(silent).toBe(true);
    expect(headers).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
    expect(body).toMatch(/^HTTP\/1\.1 408 Request Timeout/);
    await sleep(2 * clientTimeouts.request);
    expect(watchEnded).toBe(false);
    watch.stop();
  });
});

describe('one who asks too much', () => {
  test('has half of the seats, and others are served', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await using api = await startHarness({
      inFlight: { reading: 8, writing: 8, patienceMs: 5_000 },
      authorizer: { authorize: async () => ({ decision: 'allow', reason: '' }) },
      pathHandlers: [
        async ({ path }) => {
          if (path !== '/slow') return undefined;
          await held;
          return { status: 200, headers: {}, body: 'done' };
        },
      ],
    });
    const flood = Array.from({ length: 12 }, () =>
      api.request('GET', '/slow', { token: api.bobToken }),
    );
    const refused = await Promise.race(flood);
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect((await api.request('GET', widgetsPath, { token: null })).status).toBe(200);
    expect((await api.request('GET', widgetsPath)).status).toBe(200);
    // A watch of a namespace called "watch" is a list like any other.
    const evasive = '/apis/example.dev/v1/namespaces/watch/widgets';
    expect((await api.request('GET', evasive, { token: api.bobToken })).status).toBe(429);
    release();
    const answers = await Promise.all(flood);
    // Half of the seats, and as many that wait.
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(8);
    await vi.waitFor(async () => {
      const again = await api.request('GET', widgetsPath, { token: api.bobToken });
      expect(again.status).toBe(200);
    });
  });
});

async function whoIs(socket: TLSSocket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  socket.write(rawRequest('GET /nothing'));
  await closed;
  return Buffer.concat(chunks).toString();
}

async function closedWithoutHandshake({ url }: Harness): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('close', () => resolve(true));
  });
}

/** Writes a little again and again, until the server has had enough. */
async function drip(api: Harness, start: string, drop: string): Promise<string> {
  const socket = await connectTls(api);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  socket.write(start);
  const timer = setInterval(() => socket.write(drop), 100);
  await closed;
  clearInterval(timer);
  return Buffer.concat(chunks).toString();
}
