/** Servers and workers on machines whose clocks differ by minutes; the right time is that of PostgreSQL. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { configDigestOf } from '#fixtures/make.ts';
import { distinctImage } from '#fixtures/many.ts';
import { PushTarget } from '#fixtures/push.ts';
import { ApiClient } from '#test/support/api-client.ts';
import { startCountingProxy, type CountingProxy } from '#test/support/counting-proxy.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';

import {
  periodMs,
  startDifferingClocks,
  type DifferingClocks,
} from './support/differing-clocks.ts';
import { digests, failureOf, StreamsApi } from './support/streams-api.ts';

const namespace = '/apis/image.openshift.io/v1/namespaces/default';
/** Times of the record have no parts of a second. */
const secondMs = 1_000;

let database: TestDatabase;
let registry: Registry;
let push: PushTarget;

beforeAll(async () => {
  [database, registry] = await Promise.all([startTestDatabase(), startRegistry()]);
  push = new PushTarget(registry.url);
});
afterAll(async () => {
  await Promise.all([database.stop(), registry[Symbol.asyncDispose]()]);
});

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Pushes an image of its own; answers its digest. */
async function pushed(repository: string, seed: string): Promise<string> {
  const manifest = distinctImage(`${repository} ${seed}`);
  await push.pushImage(repository, ['v1'], manifest);
  return manifest.digest;
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** When the manifest of a repository's tag was asked for, oldest first. */
function asked(proxy: CountingProxy, repository: string): number[] {
  const path = `/v2/${repository}/manifests/v1`;
  return proxy.requests.filter((each) => each.path === path).map(({ at }) => at);
}

describe.for([
  { name: 'on Redis', withRedis: true },
  { name: 'on PostgreSQL', withRedis: false },
])('$name', ({ withRedis }) => {
  const stack = new AsyncDisposableStack();
  let installation: DifferingClocks;
  let apis: [ApiClient, ApiClient];
  let streams: StreamsApi;

  beforeAll(async () => {
    const connection = await database.createDatabase();
    installation = stack.use(await startDifferingClocks(connection, withRedis));
    const [ahead, behind] = installation.servers;
    apis = [stack.use(new ApiClient(ahead)), stack.use(new ApiClient(behind))];
    streams = new StreamsApi(apis[0]);
  });
  afterAll(async () => {
    await stack.disposeAsync();
  });

  /** A registry of its own, as far as Sluice can tell. */
  async function host(): Promise<CountingProxy> {
    return stack.use(await startCountingProxy(registry.url));
  }

  /** Makes streams whose tag follows a repository of their name, and waits for their images. */
  async function followed(proxy: CountingProxy, names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const digest = await pushed(name, '0');
        await streams.create(name, { v1: `${proxy.host}/${name}:v1` }, { scheduled: true });
        await streams.until(name, (each) => expect(digests(each, 'v1')).toEqual([digest]));
      }),
    );
  }

  describe.concurrent('with all of them', () => {
    test('every scheduled tag is checked once a period', async () => {
      const proxy = await host();
      const names = numbered('checked', 8);
      await followed(proxy, names);
      const since = Date.now();
      const checks = (name: string): number => asked(proxy, name).filter((at) => at > since).length;
      await vi.waitFor(() => expect(Math.min(...names.map(checks))).toBeGreaterThanOrEqual(3), {
        timeout: 10 * periodMs,
      });
      // A turn may come at both ends of that time, and the one before it late.
      const turns = (Date.now() - since) / periodMs + 2;
      expect(Math.max(...names.map(checks))).toBeLessThanOrEqual(turns);
    });

    test('a moved tag is recorded once, at a time that all agree on', async () => {
      const proxy = await host();
      const before = Date.now();
      const names = numbered('moved', 4);
      await followed(proxy, names);
      for (const seed of ['1', '2', '3'])
        await Promise.all(
          names.map(async (name) => {
            const digest = await pushed(name, seed);
            await streams.until(name, (each) => expect(digests(each, 'v1')[0]).toBe(digest));
          }),
        );
      for (const name of names) {
        const { metadata, status } = await streams.get(name);
        const events = status.tags?.[0]?.items ?? [];
        expect(events).toHaveLength(4);
        const times = events.map(({ created }) => Date.parse(created ?? ''));
        expect(times).toEqual(times.toSorted((a, b) => b - a));
        for (const time of [...times, Date.parse(metadata.creationTimestamp ?? '')]) {
          expect(time).toBeGreaterThan(before - 2 * secondMs);
          expect(time).toBeLessThan(Date.now() + secondMs);
        }
      }
    });

    test('what a person asks for is not left for later', async () => {
      const proxy = await host();
      const digest = await pushed('person', '0');
      const image = {
        from: { kind: 'DockerImage', name: `${proxy.host}/person:v1` },
        to: { name: 'v1' },
        importPolicy: { insecure: true },
      };
      for (const api of apis) {
        const { status, body } = await api.post(`${namespace}/imagestreamimports`, {
          metadata: { name: 'person' },
          spec: { import: true, images: [image] },
        });
        expect(status).toBe(201);
        expect(body.status.images[0].image.metadata.name).toBe(digest);
      }
    });

    test.for([
      { form: 'seconds', header: () => '5' },
      // It says whole seconds only.
      { form: 'a-date', header: () => new Date(Date.now() + 5_999).toUTCString() },
    ])('a pause that a registry asks for in $form is kept by all', async ({ form, header }) => {
      const proxy = await host();
      const names = numbered(form, 6);
      await followed(proxy, names);
      const headers = { 'retry-after': header() };
      proxy.inject({ times: 1, fault: { kind: 'status', status: 429, headers } });
      const refusedAt = await vi.waitFor(
        () => {
          const refused = proxy.requests.find(({ status }) => status === 429);
          expect(refused).toBeDefined();
          return refused!.at;
        },
        { timeout: 10 * periodMs, interval: 20 },
      );
      await vi.waitFor(
        () => {
          for (const name of names)
            expect(asked(proxy, name).at(-1)).toBeGreaterThan(refusedAt + 4_000);
        },
        { timeout: 10 * periodMs },
      );
      // Others may have had theirs under way when it was refused, or learn of it a moment later.
      const early = proxy.requests.filter(
        ({ at }) => at > refusedAt + 2 * secondMs && at < refusedAt + 4_000,
      );
      expect(early).toEqual([]);
    });

    test('holds and minimum ages end when they should', async () => {
      const proxy = await host();
      const names = ['held', 'young'] as const;
      await followed(proxy, names);
      const until = new Date(Date.now() + 4_000).toISOString();
      const annotations = {
        held: { 'sluice.dev/hold-until': until },
        young: { 'sluice.dev/min-age': '4s' },
      };
      await Promise.all(
        names.map(async (name) => {
          const value = annotations[name];
          const patch = [{ op: 'add', path: '/spec/tags/0/annotations', value }];
          const path = `${namespace}/imagestreams/${name}`;
          expect((await apis[0].patch(path, patch, 'json-patch+json')).status).toBe(200);
          const moved = Date.now();
          const digest = await pushed(name, '1');
          await streams.until(name, (each) => expect(digests(each, 'v1')[0]).toBe(digest));
          const earliest = name === 'held' ? Date.parse(until) : moved + 4_000;
          // Whole seconds count for a hold.
          expect(Date.now()).toBeGreaterThan(earliest - secondMs);
        }),
      );
    });

    test('a token that one server gives is good at the other', async () => {
      const accounts = '/api/v1/namespaces/default/serviceaccounts';
      await apis[0].post(accounts, { metadata: { name: 'robot' } });
      for (const [giver, taker] of [apis, apis.toReversed()]) {
        const spec = { expirationSeconds: 600 };
        const { body } = await giver!.post(`${accounts}/robot/token`, { spec });
        const { token, expirationTimestamp } = body.status;
        const leftMs = Date.parse(expirationTimestamp) - Date.now();
        expect(Math.abs(leftMs - 600 * secondMs)).toBeLessThan(10 * secondMs);
        const reviews = '/apis/authentication.k8s.io/v1/tokenreviews';
        const { body: review } = await taker!.post(reviews, { spec: { token } });
        expect(review.status).toMatchObject({ authenticated: true });
      }
    });
  });

  test('long work stays with its worker; that of a lost one is taken over', async () => {
    const [proxy, flaky] = [await host(), await host()];
    const images = new Map(numbered('long', 3).map((name) => [name, distinctImage(`${name} 0`)]));
    const fetched = (): number[] =>
      [...images].map(([name, image]) =>
        proxy.count('GET', new RegExp(`^/v2/${name}/blobs/${configDigestOf(image)}`, 'u')),
      );
    const release = proxy.inject({ path: /\/blobs\//u, fault: { kind: 'delay', ms: 7_000 } });
    for (const name of images.keys()) {
      await pushed(name, '0');
      await streams.create(name, { v1: `${proxy.host}/${name}:v1` });
    }
    await vi.waitFor(() => expect(fetched()).toEqual([1, 1, 1]), { timeout: 20_000 });
    const since = performance.now();
    const heal = flaky.inject({ fault: { kind: 'status', status: 503 } });
    const failed = new Map<string, string>();
    for (const name of numbered('flaky', 6)) {
      failed.set(name, await pushed(name, '0'));
      await streams.create(name, { v1: `${flaky.host}/${name}:v1` });
    }
    for (const name of failed.keys())
      await streams.until(name, (each) =>
        expect(failureOf(each, 'v1')).toMatchObject({ reason: 'InternalError' }),
      );
    heal();
    // Twice the lock, in which everybody looks for what was lost.
    await sleep(Math.max(0, 4_000 - (performance.now() - since)));
    expect(fetched()).toEqual([1, 1, 1]);
    await installation.workers.ahead.kill9();
    release();
    for (const [name, { digest }] of images)
      await streams.until(name, (each) => expect(digests(each, 'v1')).toEqual([digest]));
    // Nothing waits for the time at which the lost one had it planned.
    for (const [name, digest] of failed)
      await streams.until(name, (each) => expect(digests(each, 'v1')).toEqual([digest]));
  });
});
