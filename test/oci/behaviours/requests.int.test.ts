import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import { makeImage } from '#fixtures/make.ts';
import type { CacheScope, ContentCache } from '#src/oci/content/types.ts';
import { parseDigest } from '#src/oci/ref/digest.ts';
import { acceptProfile, manifestAccept } from '#src/oci/ref/media-type.ts';
import { makeAuthority } from '#test/support/tls.ts';

import { basic, candidates, failureOf, hosts, plainHttp, testClient } from '../support/client.ts';
import {
  image,
  startFake,
  type Answer,
  type FakeRegistry,
  type Seen,
} from '../support/fake-registry.ts';

const digest = parseDigest(image.digest);
const known = { digest, acceptProfile };

describe('resolving', () => {
  test.for([405, 404, 400])(
    'B10: where HEAD is answered %s and GET is not, GET is used from then on',
    async (status) => {
      await using registry = await startFake({
        answer: ({ method }, response) => {
          if (method !== 'HEAD') return false;
          response.writeHead(status).end();
          return true;
        },
      });
      await using client = testClient();
      const repository = client.repository(`${registry.host}/acme/app`);
      await expect(repository.resolve('v1')).resolves.toMatchObject({
        kind: 'resolved',
        verified: true,
        descriptor: { digest },
      });
      await repository.resolve('v1');
      expect(registry.methods()).toEqual(['HEAD', 'GET', 'GET']);
    },
  );

  test('B10: a HEAD without a digest is followed by a GET', async () => {
    await using registry = await startFake({
      answer: ({ method }, response) => {
        if (method !== 'HEAD') return false;
        response.writeHead(200, { 'content-type': image.mediaType }).end();
        return true;
      },
    });
    await using client = testClient();
    const result = await client.repository(`${registry.host}/acme/app`).resolve('v1');
    expect(result).toMatchObject({ descriptor: { digest }, verified: true });
  });

  test('B11: 304 is unchanged, without a look at its headers', async () => {
    await using registry = await startFake({
      answer: ({ headers }, response) => {
        if (headers['if-none-match'] !== `"${digest}"`) return false;
        response.writeHead(304, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end();
        return true;
      },
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    await expect(
      repository.resolve('v1', { known, method: 'conditional-get' }),
    ).resolves.toMatchObject({ kind: 'unchanged', via: '304', digest });
    expect(registry.methods()).toEqual(['GET']);
  });

  test('B12: the same Accept on HEAD and GET; another profile makes what is known void', async () => {
    await using registry = await startFake();
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    await expect(
      repository.resolve('v1', { known: { digest, acceptProfile: 'v0' } }),
    ).resolves.toMatchObject({ kind: 'resolved' });
    await repository.manifests.get('v1');
    expect(new Set(registry.seen.map(({ headers }) => headers.accept))).toEqual(
      new Set([manifestAccept]),
    );
  });

  test('B13: a tag that has changed is fetched by its digest, and by the tag when that is gone', async () => {
    await using registry = await startFake({
      answer: ({ path }, response) => {
        if (!path.includes('/manifests/sha256:')) return false;
        response.writeHead(404).end();
        return true;
      },
    });
    await using client = testClient();
    const old = { digest: parseDigest(`sha256:${'0'.repeat(64)}`), acceptProfile };
    const result = await client
      .repository(`${registry.host}/acme/app`)
      .importImage('v1', { mode: 'legacy', known: old });
    expect(result.top.digest).toBe(digest);
    expect(registry.methods()).toEqual(['HEAD', 'GET', 'HEAD', 'GET', 'GET', 'GET']);
  });

  test('B14: one wrong bit is never let through', async () => {
    let at = 0;
    await using registry = await startFake({
      answer: ({ path }, response) => {
        if (!path.endsWith(digest)) return false;
        const bytes = Buffer.from(image.bytes);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        response.writeHead(200, { 'content-type': image.mediaType }).end(bytes);
        return true;
      },
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    for (at = 0; at < image.bytes.length; at += 64)
      expect(await failureOf(repository.manifests.get(digest))).toMatchObject({
        code: 'DIGEST_MISMATCH',
      });
  });

  test('B14: nor in a config', async () => {
    const config = image.blobs[0]!;
    let at = 0;
    await using registry = await startFake({
      answer: ({ path }, response) => {
        if (!path.endsWith(config.digest)) return false;
        const bytes = Buffer.from(config.bytes);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        response.writeHead(200).end(bytes);
        return true;
      },
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    for (at = 0; at < config.bytes.length; at += 64)
      expect(await failureOf(repository.importImage('v1', { mode: 'legacy' }))).toMatchObject({
        code: 'DIGEST_MISMATCH',
      });
  });

  test('B14: content that ends early is never taken for whole', async () => {
    const config = image.blobs[0]!;
    let length = 0;
    await using registry = await startFake({
      answer: ({ path }, response) => {
        const whole = path.endsWith(digest) ? image.bytes : config.bytes;
        if (path.endsWith('/v1')) return false;
        response.writeHead(200, path.endsWith(digest) ? { 'content-type': image.mediaType } : {});
        response.end(whole.subarray(0, length));
        return true;
      },
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    for (length = 0; length < image.bytes.length; length += 37)
      expect(await failureOf(repository.manifests.get(digest))).toMatchObject({
        code: 'DIGEST_MISMATCH',
      });
    for (length = 0; length < config.bytes.length; length += 37)
      expect(await failureOf(repository.importImage('v1', { mode: 'legacy' }))).toMatchObject({
        code: 'SIZE_MISMATCH',
      });
  });
});

describe('failures', () => {
  test.for([500, 502, 503, 504, 408, 425, 429, 520, 524])(
    'B20: %s is repeated, three times in all',
    async (status) => {
      await using registry = await startFake({
        answer: (_seen, response) => {
          response.writeHead(status).end();
          return true;
        },
      });
      await using client = testClient();
      await failureOf(client.repository(`${registry.host}/acme/app`).manifests.get('v1'));
      expect(registry.methods()).toHaveLength(3);
    },
  );

  test.for([400, 403, 404, 405, 406, 501])('B20: %s is final', async (status) => {
    await using registry = await startFake({
      answer: (_seen, response) => {
        response.writeHead(status).end();
        return true;
      },
    });
    await using client = testClient();
    await failureOf(client.repository(`${registry.host}/acme/app`).manifests.get('v1'));
    expect(registry.methods()).toHaveLength(1);
  });

  test('B21: a host that asks for a pause gets it from everyone', async () => {
    await using registry = await startFake({
      answer: (_seen, response) => {
        response.writeHead(429, { 'retry-after': '60' }).end();
        return true;
      },
    });
    await using client = testClient();
    const before = Date.now();
    const failure = await failureOf(
      client.repository(`${registry.host}/acme/app`).manifests.get('v1'),
    );
    expect(failure).toMatchObject({ code: 'HTTP_429', retryable: true, asked: true });
    const { retryAt } = failure as unknown as { retryAt: Date };
    expect(retryAt.getTime()).toBeGreaterThanOrEqual(before + 60_000);
    const other = client.with({ credentials: candidates(basic('a', 'b')) });
    const second = await failureOf(
      other.repository(`${registry.host}/acme/other`).manifests.get('v1'),
    );
    const { retryAt: forOthers } = second as unknown as { retryAt: Date };
    // The lane notes the pause a moment before the error is made.
    expect(Math.abs(forOthers.getTime() - retryAt.getTime())).toBeLessThan(1_000);
    expect(registry.methods()).toHaveLength(1);
  });

  test('B21: a short pause is waited for, and then the answer counts', async () => {
    let asked = 0;
    await using registry = await startFake({
      answer: (_seen, response) => {
        asked += 1;
        if (asked > 1) return false;
        response.writeHead(429, { 'retry-after': '1' }).end();
        return true;
      },
    });
    await using client = testClient();
    const started = performance.now();
    await client.repository(`${registry.host}/acme/app`).manifests.get('v1');
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
    expect(registry.methods()).toHaveLength(2);
  });

  test('B21: who waits for a turn when the host asks for a pause does not ask either', async () => {
    const waiting: (() => void)[] = [];
    await using registry = await startFake({
      answer: (_seen, response) => {
        waiting.push(() => response.writeHead(429, { 'retry-after': '60' }).end());
        return true;
      },
    });
    await using client = testClient();
    const calls = Array.from({ length: 30 }, async (_, index) =>
      failureOf(client.repository(`${registry.host}/acme/app${index}`).manifests.get('v1')),
    );
    await expect.poll(() => waiting.length).toBe(8);
    for (const refuse of waiting) refuse();
    for (const failure of await Promise.all(calls))
      expect(failure).toMatchObject({ name: 'RateLimitedError', asked: true });
    expect(registry.seen).toHaveLength(8);
  });

  test.for<{ phase: string; busy?: boolean; answer: Answer }>([
    { phase: 'its turn', busy: true, answer: () => true },
    { phase: 'headers', answer: () => true },
    {
      phase: 'a body',
      answer: (_seen, response) => {
        response.writeHead(200, { 'content-type': image.mediaType }).write('{');
        return true;
      },
    },
    {
      phase: 'another attempt',
      answer: (_seen, response) => {
        response.writeHead(503).end();
        return true;
      },
    },
    {
      phase: 'a token',
      answer: ({ path }, response, { url }) => {
        if (!path.startsWith('/token'))
          response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token"` }).end();
        return true;
      },
    },
  ])('B23: a call that is given up while it waits for $phase ends at once', async (waits) => {
    await using registry = await startFake({ answer: waits.answer });
    await using client = testClient({
      retry: { baseMs: 60_000, capMs: 60_000 },
      lanes: waits.busy === true ? { concurrencyPerHost: 1 } : {},
    });
    const before = timers();
    const controller = new AbortController();
    const { signal } = controller;
    const repository = client.repository(`${registry.host}/acme/app`);
    const first =
      waits.busy === true ? failureOf(repository.manifests.get('v0', { signal })) : undefined;
    const call = failureOf(repository.manifests.get('v1', { signal }));
    await expect.poll(() => registry.seen.length).toBeGreaterThan(0);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    controller.abort();
    expect(await call).toMatchObject({ code: 'ABORTED' });
    await first;
    await client.close();
    await expect.poll(timers).toBeLessThanOrEqual(before);
  });

  test('B23: a call that is given up ends at once, and leaves nothing behind', async () => {
    await using registry = await startFake({ answer: () => true });
    await using client = testClient();
    const controller = new AbortController();
    const call = client
      .repository(`${registry.host}/acme/app`)
      .manifests.get('v1', { signal: controller.signal });
    await expect.poll(() => registry.seen.length).toBe(1);
    controller.abort();
    expect(await failureOf(call)).toMatchObject({ code: 'ABORTED' });
    await client.close();
  });

  test('B23: who waits for a token of others may leave, the others get it', async () => {
    let give: (() => void) | undefined;
    await using registry = await startFake({
      answer: ({ path, headers }, response, { url }) => {
        if (path.startsWith('/token')) {
          give = () => response.writeHead(200).end('{"token":"x"}');
          return true;
        }
        if (headers.authorization === 'Bearer x') return false;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token"` }).end();
        return true;
      },
    });
    await using client = testClient();
    const controller = new AbortController();
    const repository = client.repository(`${registry.host}/acme/app`);
    const leaving = repository.manifests.get('v1', { signal: controller.signal });
    const staying = repository.manifests.get('v1');
    await expect.poll(() => registry.seen.length).toBe(3);
    controller.abort();
    expect(await failureOf(leaving)).toMatchObject({ code: 'ABORTED' });
    give?.();
    await expect(staying).resolves.toMatchObject({ kind: 'image' });
  });

  test('an operation has a deadline of its own', async () => {
    await using registry = await startFake({ answer: () => true });
    await using client = testClient();
    const failure = await failureOf(
      client.repository(`${registry.host}/acme/app`).manifests.get('v1', { deadlineMs: 50 }),
    );
    expect(failure).toMatchObject({ code: 'TIMEOUT', phase: 'operation' });
  });

  test.for(['nowhere.invalid', '127.0.0.1:1'])('H67: %s cannot be reached', async (host) => {
    await using client = testClient();
    const failure = await failureOf(client.repository(`${host}/acme/app`).manifests.get('v1'));
    expect(['DNS', 'CONNECT']).toContain((failure as Error & { code: string }).code);
  });
});

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

describe('content', () => {
  test('B32: what another fetched is not found, and is not served from memory', async () => {
    const entries = new Map<string, Uint8Array>();
    const cache: ContentCache = {
      get: (scope, { digest: name }) => Promise.resolve(entries.get(key(scope, name))),
      put: (scope, { digest: name }, bytes) => {
        entries.set(key(scope, name), bytes);
        return Promise.resolve();
      },
    };
    await using owner = await startFake();
    await using thief = await startFake({
      answer: ({ path }, response) => {
        if (!path.includes('/blobs/')) return false;
        response.writeHead(404).end();
        return true;
      },
    });
    await using client = testClient();
    await client.repository(`${owner.host}/acme/app`).importImage('v1', { mode: 'legacy', cache });
    expect(entries.size).toBe(2);
    const again = await client
      .repository(`${owner.host}/acme/app`)
      .importImage('v1', { mode: 'legacy', cache });
    expect(again.stats.requests).toBe(1);
    expect(
      await failureOf(
        client.repository(`${thief.host}/acme/app`).importImage('v1', { mode: 'legacy', cache }),
      ),
    ).toMatchObject({ name: 'NotFoundError' });
  });

  test('the config that a descriptor carries is not fetched', async () => {
    const config = image.blobs[0]!;
    const document = JSON.parse(image.bytes.toString('utf8')) as { config: object };
    const inline = {
      ...document,
      config: { ...document.config, data: config.bytes.toString('base64') },
    };
    const body = JSON.stringify(inline);
    await using registry = await startFake({
      answer: ({ path }, response) => {
        if (!path.includes('/manifests/')) return false;
        response.writeHead(200, { 'content-type': image.mediaType }).end(body);
        return true;
      },
    });
    await using client = testClient();
    const result = await client
      .repository(`${registry.host}/acme/app`)
      .importImage('v1', { mode: 'legacy' });
    expect(result.stats.requests).toBe(1);
    expect(result.images[0]?.platform?.architecture).toBe('amd64');
  });

  test('B29: a password is in nothing that is said', async () => {
    const secret = 'canary-password-4711';
    await using registry = await startFake({
      answer: (_seen, response, { url }) => {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token?x=1"` });
        response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'no' }] }));
        return true;
      },
    });
    await using client = testClient({ credentials: candidates(basic('ann', secret)) });
    const failure = await failureOf(
      client.repository(`${registry.host}/acme/app`).importImage('v1', { mode: 'legacy' }),
    );
    const said = [
      inspect(failure, { depth: 9, showHidden: true }),
      JSON.stringify(failure),
      JSON.stringify(client.events),
      inspect(client, { depth: 9 }),
    ].join('\n');
    for (const form of [secret, Buffer.from(`ann:${secret}`).toString('base64')])
      expect(said).not.toContain(form);
    expect(registry.seen.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
  });

  test('B31: two thousand checks of fifty repositories leave at most eight connections', async () => {
    await using registry = await startFake({
      manifest: makeImage({ layers: [{ a: 'b' }], config: {} }),
    });
    await using client = testClient({ hosts: plainHttp });
    const repositories = Array.from({ length: 50 }, (_, index) =>
      client.repository(`${registry.host}/soak/r${index}`),
    );
    for (let round = 0; round < 40; round += 1)
      await Promise.all(repositories.map(async (each) => each.resolve('v1')));
    expect(registry.methods()).toHaveLength(2000);
    expect(registry.connections()).toBeLessThanOrEqual(8);
  });
});

function key(scope: CacheScope, name: string): string {
  return JSON.stringify([scope, name]);
}

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

/** Timers that keep this process alive. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
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
