import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import { describe, expect, test } from 'vitest';

import { parseDigest } from '#src/oci/ref/digest.ts';
import { makeAuthority } from '#test/support/tls.ts';

import { basic, candidates, failureOf, hosts, testClient } from '../support/client.ts';
import { image, startFake, type FakeRegistry, type Seen } from '../support/fake-registry.ts';

const digest = parseDigest(image.digest);

describe('the network', () => {
  test('B25: private registries can be forbidden, by address and by name', async () => {
    await using registry = await startFake();
    await using client = testClient({ network: { allowPrivateRegistries: false } });
    const port = registry.host.split(':')[1] ?? '';
    for (const host of [registry.host, `localhost:${port}`, `[::ffff:7f00:1]:${port}`])
      expect(
        await failureOf(client.repository(`${host}/acme/app`).manifests.get('v1')),
      ).toMatchObject({ code: 'NET_ADDRESS_REJECTED' });
    expect(registry.seen).toEqual([]);
  });

  test('B25: mirrors and token servers are judged like registries', async () => {
    await using source = await startFake();
    const forbidden = {
      endpoint: '169.254.169.254',
      pullFromMirror: 'all',
      scheme: 'http',
    } as const;
    await using client = testClient({
      hosts: hosts({ scheme: 'http', mirrors: [forbidden], neverContactSource: true }),
    });
    expect(
      await failureOf(client.repository(`${source.host}/acme/app`).manifests.get('v1')),
    ).toMatchObject({ code: 'NET_ADDRESS_REJECTED' });
    expect(source.seen).toEqual([]);
  });

  test('a registry that the policy blocks is not asked', async () => {
    await using registry = await startFake();
    await using client = testClient({ network: { allowRegistry: () => false } });
    expect(
      await failureOf(client.repository(`${registry.host}/acme/app`).manifests.get('v1')),
    ).toMatchObject({ code: 'POLICY_BLOCKED' });
    expect(registry.seen).toEqual([]);
  });

  test('B26: a private authority can be trusted, its registry is not otherwise', async () => {
    const authority = await makeAuthority();
    const tls = await authority.issue(['127.0.0.1']);
    await using registry = await startFake({ tls });
    await using client = testClient({ hosts: hosts({}) });
    const name = `${registry.host}/acme/app`;
    expect(await failureOf(client.repository(name).resolve('v1'))).toMatchObject({
      code: 'TLS',
      reason: 'unknown-ca',
    });
    const trusting = client.with({ hosts: hosts({ tls: { ca: [authority.certificate] } }) });
    await expect(trusting.repository(name).resolve('v1')).resolves.toMatchObject({
      kind: 'resolved',
    });
    const careless = client.with({
      hosts: hosts({ tls: { insecureSkipVerify: true }, scheme: 'https-then-http' }),
    });
    await expect(careless.repository(name).resolve('v1')).resolves.toMatchObject({
      kind: 'resolved',
    });
    expect(await failureOf(client.repository(name).resolve('v1'))).toMatchObject({ code: 'TLS' });
  });

  test('B26: a certificate for another name is refused', async () => {
    const authority = await makeAuthority();
    await using registry = await startFake({ tls: await authority.issue(['other.test']) });
    await using client = testClient({ hosts: hosts({ tls: { ca: [authority.certificate] } }) });
    expect(
      await failureOf(client.repository(`${registry.host}/acme/app`).resolve('v1')),
    ).toMatchObject({ code: 'TLS', reason: 'name' });
  });

  test('B27: an HTTPS registry is reached through a tunnel', async () => {
    const authority = await makeAuthority();
    await using registry = await startFake({ tls: await authority.issue(['127.0.0.1']) });
    const { proxy, tunnels } = await startProxy();
    await using client = testClient({
      hosts: hosts({ tls: { ca: [authority.certificate] } }),
      network: {
        proxy: { https: `http://user:pass@127.0.0.1:${(proxy.address() as AddressInfo).port}` },
      },
    });
    await client.repository(`${registry.host}/acme/app`).resolve('v1');
    expect(tunnels).toEqual([[registry.host, `Basic ${btoa('user:pass')}`]]);
    await client.close();
    proxy.closeAllConnections();
    proxy.close();
  });

  test('B28: mirrors are asked in order, the registry last', async () => {
    await using source = await startFake();
    await using broken = await startFake({
      answer: (_seen, response) => {
        response.writeHead(404).end();
        return true;
      },
    });
    await using mirror = await startFake();
    const mirrors = [
      { endpoint: broken.host, pullFromMirror: 'all', scheme: 'http' },
      {
        endpoint: mirror.host,
        pullFromMirror: 'digest-only',
        scheme: 'http',
        repository: 'proxy/app',
        sendNs: true,
      },
    ] as const;
    await using client = testClient({ hosts: hosts({ scheme: 'http', mirrors }) });
    const repository = client.repository(`${source.host}/acme/app`);
    await expect(repository.manifests.get('v1')).resolves.toMatchObject({ servedBy: source.host });
    expect(mirror.seen).toEqual([]);
    await expect(repository.manifests.get(digest)).resolves.toMatchObject({
      servedBy: mirror.host,
    });
    expect(mirror.seen[0]?.path).toBe(
      `/v2/proxy/app/manifests/${digest}?ns=${encodeURIComponent(source.host)}`,
    );
    const never = client.with({
      hosts: hosts({ scheme: 'http', mirrors: [mirrors[0]], neverContactSource: true }),
    });
    const asked = source.seen.length;
    expect(
      await failureOf(never.repository(`${source.host}/acme/app`).manifests.get('v1')),
    ).toMatchObject({ name: 'NotFoundError' });
    expect(source.seen).toHaveLength(asked);
  });
});

test('B28: a mirror is shown its own credentials and never those of the registry', async () => {
  await using source = await startFake({ answer: wantsBasic });
  await using mirror = await startFake({
    answer: (seen, response) => {
      if (!wantsBasic(seen, response)) response.writeHead(404).end();
      return true;
    },
  });
  await using client = testClient({
    credentials: {
      candidates: ({ registry, purpose }) =>
        candidates(basic(purpose, registry)).candidates({ registry, purpose }),
    },
    hosts: hosts({
      scheme: 'http',
      mirrors: [{ endpoint: mirror.host, pullFromMirror: 'all', scheme: 'http' }],
    }),
  });
  await client.repository(`${source.host}/acme/app`).manifests.get('v1');
  expect(new Set(shown(mirror))).toEqual(new Set([`mirror:${mirror.host}`]));
  expect(new Set(shown(source))).toEqual(new Set([`registry:${source.host}`]));
});

async function startProxy(): Promise<{ proxy: Server; tunnels: (readonly unknown[])[] }> {
  const tunnels: (readonly unknown[])[] = [];
  const proxy = createServer();
  proxy.on('connect', ({ url = '', headers }, socket) => {
    tunnels.push([url, headers['proxy-authorization']]);
    const [host = '', port = ''] = url.split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    socket.once('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  return { proxy, tunnels };
}

/** Lets in whoever shows anything. */
function wantsBasic({ headers }: Seen, response: ServerResponse): boolean {
  if (headers.authorization !== undefined) return false;
  response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  return true;
}

/** Users and passwords that came with requests. */
function shown({ seen }: FakeRegistry): string[] {
  return seen.flatMap(({ headers: { authorization } }) =>
    authorization === undefined ? [] : [atob(authorization.slice('Basic '.length))],
  );
}
