import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { distinctImage } from '#fixtures/many.ts';
import { seedRegistry } from '#fixtures/push.ts';
import { startCountingProxy } from '#test/support/counting-proxy.ts';
import { startRegistry } from '#test/support/services/registry.ts';
import { skopeoInspectRaw } from '#test/support/services/skopeo.ts';
import { makeAuthority } from '#test/support/tls.ts';
import { startTokenRegistry } from '#test/support/token-registry.ts';

const manifest = distinctImage('support');
const images = [{ repository: 'acme/demo', tags: ['v1'], manifest }];

test('a registry keeps its port and its images when it is killed and started again', async () => {
  await using registry = await startRegistry();
  await seedRegistry(registry.url, { images });
  const { url } = registry;
  await registry.kill9();
  await expect(fetch(`${url}/v2/`)).rejects.toThrow('fetch failed');
  await registry.start();
  expect(registry.url).toBe(url);
  expect(await skopeoInspectRaw(`${registry.host}/acme/demo:v1`)).toBe(manifest.bytes.toString());
});

test('a registry counts its requests when asked to', async () => {
  await using registry = await startRegistry({ metrics: true });
  const before = await registry.requestCount();
  await fetch(`${registry.url}/v2/`);
  await fetch(`${registry.url}/v2/acme/demo/tags/list`);
  await expect.poll(async () => (await registry.requestCount()) - before).toBe(2);
});

test('a registry with TLS presents the certificate it was given', async () => {
  const authority = await makeAuthority();
  const tls = await authority.issue(['127.0.0.1', 'localhost']);
  await using registry = await startRegistry({ tls });
  expect(registry.url).toMatch(/^https:/u);
  const { get } = await import('node:https');
  const status = await new Promise((resolve, reject) => {
    get(`${registry.url}/v2/`, { ca: authority.certificate, agent: false }, (answer) => {
      resolve(answer.resume().statusCode);
    }).once('error', reject);
  });
  expect(status).toBe(200);
});

test('a registry with bearer tokens serves whom its token server knows', async () => {
  await using started = await startTokenRegistry({ users: { bob: 'builder' } });
  const { registry, tokens } = started;
  const challenge = (await fetch(`${registry.url}/v2/`)).headers.get('www-authenticate');
  expect(challenge).toBe(`Bearer realm="${tokens.realm}",service="registry.test"`);
  const ask = new URL(tokens.realm);
  ask.search = 'service=registry.test&scope=repository:acme/demo:pull';
  const refused = await fetch(ask, { headers: { authorization: `Basic ${btoa('bob:wrong')}` } });
  expect(refused.status).toBe(401);
  const granted = await fetch(ask, { headers: { authorization: `Basic ${btoa('bob:builder')}` } });
  const { token } = (await granted.json()) as { token: string };
  const answer = await fetch(`${registry.url}/v2/acme/demo/tags/list`, {
    headers: { authorization: `Bearer ${token}` },
  });
  // 404 and not 401: the token was accepted, the repository is empty.
  expect(answer.status).toBe(404);
  await expect(
    skopeoInspectRaw(`${registry.host}/acme/demo:v1`, { credentials: 'bob:builder' }),
  ).rejects.toThrow(/manifest unknown|name unknown/u);
  expect(tokens.requests.map(({ user, status }) => ({ user, status }))).toEqual([
    { user: undefined, status: 401 },
    { user: 'bob', status: 200 },
    { user: 'bob', status: 200 },
  ]);
});

test('a registry reports pushes to its notification endpoints', async () => {
  const bodies: string[] = [];
  const listener = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (chunk: string) => bodies.push(chunk));
    request.once('end', () => response.end());
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const { port } = listener.address() as AddressInfo;
  await using registry = await startRegistry({
    notifications: [{ url: `http://127.0.0.1:${port}/events` }],
  });
  await seedRegistry(registry.url, { images });
  await expect.poll(() => bodies.join('\n'), { timeout: 10_000 }).toContain(manifest.digest);
  listener.closeAllConnections();
  listener.close();
});

test('a proxy counts requests and sockets and lets the registry through', async () => {
  await using registry = await startRegistry();
  await using proxy = await startCountingProxy(registry.url);
  await seedRegistry(proxy.url, { images });
  expect(proxy.count('PUT', /\/manifests\/v1$/u)).toBe(1);
  expect(proxy.count('HEAD')).toBe(3);
  expect(proxy.sockets.accepted).toBeGreaterThan(0);
  expect(proxy.requests.find(({ method }) => method === 'POST')?.status).toBe(202);
  proxy.reset();
  expect(proxy.requests).toEqual([]);
});

test('a proxy makes days bad by rule', async () => {
  await using registry = await startRegistry();
  await seedRegistry(registry.url, { images });
  await using proxy = await startCountingProxy(registry.url);
  const url = `${proxy.url}/v2/acme/demo/manifests/${manifest.digest}`;
  const accept = { headers: { accept: manifest.mediaType } };
  proxy.inject({
    path: /manifests/u,
    skip: 1,
    times: 1,
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  });
  expect((await fetch(url, accept)).status).toBe(200);
  const limited = await fetch(url, accept);
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1']);
  expect((await fetch(url, accept)).status).toBe(200);

  const healed = proxy.inject({ method: 'GET', fault: { kind: 'reset' } });
  await expect(fetch(url, accept)).rejects.toThrow('fetch failed');
  healed();

  proxy.inject({ times: 1, fault: { kind: 'cut', afterBytes: 10 } });
  const halved = await fetch(url, accept);
  expect(halved.headers.get('content-length')).toBe(String(manifest.bytes.length));
  await expect(halved.text()).rejects.toThrow('terminated');

  proxy.inject({ times: 1, fault: { kind: 'stall' } });
  await expect(fetch(url, { ...accept, signal: AbortSignal.timeout(100) })).rejects.toThrow(
    /timeout/u,
  );
  await registry.stop();
  await expect(fetch(url, accept)).rejects.toThrow('fetch failed');
});
