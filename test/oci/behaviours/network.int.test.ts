import { createServer, request as forward, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';

import { startRegistry } from '#test/support/services/registry.ts';
import { makeAuthority } from '#test/support/tls.ts';

import { failureOf, hosts, testClient } from '../support/client.ts';
import { startFake, type FakeRegistry } from '../support/fake-registry.ts';

describe('B26: client certificates', () => {
  test('the registry lets in who has one, and its client is told what is missing otherwise', async () => {
    const authority = await makeAuthority();
    const clients = await makeAuthority('Clients');
    const own = await clients.issue(['worker']);
    const stranger = await authority.issue(['worker']);
    const tls = await authority.issue(['127.0.0.1']);
    // Node's own server closes the connection without a word; Go's says why, as registries do.
    await using registry = await startRegistry({
      tls: { ...tls, clientAuthority: clients.certificate },
    });
    const ca = [authority.certificate];
    await using client = testClient({
      hosts: hosts({ tls: { ca, cert: own.certificate, key: own.key } }),
    });
    const name = `${registry.host}/acme/app`;

    expect(await failureOf(client.repository(name).resolve('v1'))).toMatchObject({
      name: 'NotFoundError',
      what: 'manifest',
    });
    for (const wrong of [{ ca }, { ca, cert: stranger.certificate, key: stranger.key }]) {
      const other = client.with({ hosts: hosts({ tls: wrong }) });
      expect(await failureOf(other.repository(name).resolve('v1'))).toMatchObject({
        code: 'TLS',
        reason: 'client-cert',
        retryable: false,
      });
    }
  });
});

describe('B27: a forward proxy for plain HTTP', () => {
  test('is asked for whole URLs; a connection that it shares between origins ends with a HEAD', async () => {
    await using registry = await startFake();
    await using proxy = await startForwardProxy();
    await using client = testClient({ network: { proxy: { http: proxy.url } } });
    const repository = client.repository(`${registry.host}/acme/app`);

    for (let index = 0; index < 4; index += 1) await repository.resolve('v1');
    const afterHeads = proxy.connections();
    for (let index = 0; index < 4; index += 1) await repository.manifests.get('v1');

    expect(proxy.urls[0]).toBe(`http://${registry.host}/v2/acme/app/manifests/v1`);
    expect(registry.methods()).toEqual([...Array(4).fill('HEAD'), ...Array(4).fill('GET')]);
    expect(afterHeads).toBe(4);
    // GETs end where their body ends, so they share one.
    expect(proxy.connections() - afterHeads).toBe(1);
  });

  test('is not asked for what NO_PROXY names, here by a CIDR', async () => {
    await using registry = await startFake();
    await using proxy = await startForwardProxy();
    await using client = testClient({
      network: { proxy: { http: proxy.url, noProxy: 'example.com,127.0.0.0/8' } },
    });

    await client.repository(`${registry.host}/acme/app`).resolve('v1');

    expect(proxy.urls).toEqual([]);
    expect(registry.methods()).toEqual(['HEAD']);
  });

  test('a host of its own proxy is asked through that, and one of none directly', async () => {
    await using registry = await startFake();
    await using common = await startForwardProxy();
    await using own = await startForwardProxy();
    await using client = testClient({ network: { proxy: { http: common.url } } });
    const ask = async (proxy: object): Promise<unknown> =>
      client
        .with({ hosts: hosts({ scheme: 'http', proxy }) })
        .repository(`${registry.host}/acme/app`)
        .resolve('v1');

    await ask({ http: own.url });
    await ask({});

    expect([common.urls.length, own.urls.length, registry.seen.length]).toEqual([0, 1, 2]);
  });

  test('a proxy that is dead is a connection failure, never a way around it', async () => {
    await using registry = await startFake();
    await using client = testClient({ network: { proxy: { http: 'http://127.0.0.1:1' } } });

    const error = await failureOf(client.repository(`${registry.host}/acme/app`).resolve('v1'));

    expect(error).toMatchObject({ code: 'CONNECT', retryable: true });
    expect(registry.seen).toEqual([]);
  });
});

describe('B22: fairness', () => {
  test('a host that does not answer delays none of two hundred others', async () => {
    await using stack = new AsyncDisposableStack();
    const dead = stack.use(await startFake({ answer: () => true }));
    const alive: FakeRegistry[] = [];
    for (let index = 0; index < 199; index += 1) alive.push(stack.use(await startFake()));
    const client = stack.use(testClient());
    const controller = new AbortController();
    const { signal } = controller;
    let deadEnded = 0;
    const stuck = Array.from({ length: 100 }, async (_, index) => {
      const failure = await failureOf(
        client.repository(`${dead.host}/acme/app${index}`).resolve('v1', { signal }),
      );
      deadEnded += 1;
      return failure;
    });
    await expect.poll(() => dead.seen.length).toBe(8);

    const answers = await Promise.all(
      alive.map(async ({ host }) => client.repository(`${host}/acme/app`).resolve('v1')),
    );

    expect(answers.every(({ kind }) => kind === 'resolved')).toBe(true);
    expect(deadEnded).toBe(0);
    expect(dead.seen).toHaveLength(8);
    controller.abort();
    for (const failure of await Promise.all(stuck))
      expect(failure).toMatchObject({ code: 'ABORTED' });
  });
});

interface ForwardProxy extends AsyncDisposable {
  readonly url: string;
  /** What was asked for, as it stood in the request line. */
  readonly urls: string[];
  connections(): number;
}

async function startForwardProxy(): Promise<ForwardProxy> {
  const urls: string[] = [];
  let connections = 0;
  const server: Server = createServer((incoming, outgoing) => {
    const { url = '', method = 'GET', headers } = incoming;
    urls.push(url);
    const onward = forward(url, { method, headers, agent: false }, (answer: IncomingMessage) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    urls,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
