/** Servers and workers as processes, with real registries: what users see when things go right and wrong. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { configDigestOf, makeImage, makeIndex, type Manifest } from '#fixtures/make.ts';
import { distinctImage } from '#fixtures/many.ts';
import { PushTarget } from '#fixtures/push.ts';
import { attestation } from '#fixtures/shapes.ts';
import { ApiClient } from '#test/support/api-client.ts';
import { startCountingProxy, type CountingProxy } from '#test/support/counting-proxy.ts';
import { freePort } from '#test/support/free-port.ts';
import { startServer, startWorker, type Server } from '#test/support/server.ts';
import { startRedis } from '#test/support/services/redis.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';

import { digests, failureOf, StreamsApi } from './support/streams-api.ts';

let registry: Registry;
let proxy: CountingProxy;
let push: PushTarget;

beforeAll(async () => {
  registry = await startRegistry();
  proxy = await startCountingProxy(registry.url);
  push = new PushTarget(registry.url);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

/** Pushes an image of its own; answers its digest. */
async function pushed(repository: string, tag: string, seed: string): Promise<string> {
  const manifest = distinctImage(seed);
  await push.pushImage(repository, [tag], manifest);
  return manifest.digest;
}

/** Moves `multi/app:v1` to an index of its own; answers its digest. */
async function pushedIndex(...children: readonly Manifest[]): Promise<string> {
  const index = makeIndex(children, 'oci');
  await push.pushImage('multi/app', ['v1'], index);
  return index.digest;
}

const platform = process.arch === 'arm64' ? 'arm64' : 'amd64';

function image(seed: string, architecture: string = platform): Manifest {
  return makeImage({
    format: 'oci',
    architecture,
    layers: [{ seed }],
    config: { Labels: { seed } },
  });
}

/** Moves `once/app:v1` to an index of two platforms. */
async function movedTwin(seed: string): Promise<Manifest> {
  const index = makeIndex([image(seed), image(`${seed} other`, 's390x')], 'oci');
  await push.pushImage('once/app', ['v1'], index);
  return index;
}

describe('one process', () => {
  let server: Server;
  let api: ApiClient;
  let streams: StreamsApi;

  beforeAll(async () => {
    server = await startServer({ args: ['--schedule-interval=2s'] });
    api = new ApiClient(server);
    streams = new StreamsApi(api);
  });
  afterAll(async () => {
    api[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  test('a new tag is imported without anyone asking', async () => {
    const digest = await pushed('new/app', 'v1', 'new');
    await streams.create('new', { v1: `${proxy.host}/new/app:v1` });
    const stream = await streams.until('new', (each) =>
      expect(digests(each, 'v1')).toEqual([digest]),
    );
    expect(stream.metadata.generation).toBe(2);
  });

  test('a scheduled tag that does not move costs questions only and is not written', async () => {
    await pushed('still/app', 'v1', 'still');
    await streams.create('still', { v1: `${proxy.host}/still/app:v1` }, { scheduled: true });
    const imported = await streams.until('still', (each) =>
      expect(digests(each, 'v1')).toHaveLength(1),
    );
    const path = /\/v2\/still\/app\/manifests\//u;
    const before = proxy.requests.length;
    const asked = (): readonly string[] =>
      proxy.requests
        .slice(before)
        .filter((request) => path.test(request.path) && request.status !== undefined)
        .map(({ method, status }) => `${method} ${status}`);
    await vi.waitFor(() => expect(asked().length).toBeGreaterThanOrEqual(3), { timeout: 30_000 });
    // Registries of this kind answer a GET of what one has already without content.
    for (const each of asked()) expect(['HEAD 200', 'GET 304']).toContain(each);
    expect((await streams.get('still')).metadata.resourceVersion).toBe(
      imported.metadata.resourceVersion,
    );
  });

  test('a scheduled tag that moved gets one entry of history', async () => {
    const first = await pushed('moves/app', 'v1', 'moves-1');
    await streams.create('moves', { v1: `${proxy.host}/moves/app:v1` }, { scheduled: true });
    await streams.until('moves', (each) => expect(digests(each, 'v1')).toEqual([first]));
    const second = await pushed('moves/app', 'v1', 'moves-2');
    await streams.until('moves', (each) => expect(digests(each, 'v1')).toEqual([second, first]));
  });

  test('a corrected secret heals a tag without an edit of its stream', async () => {
    await using closed = await startRegistry({ htpasswd: { user: 'alice', password: 'right' } });
    const manifest = distinctImage('private');
    const credentials = { username: 'alice', password: 'right' };
    await new PushTarget(closed.url, credentials).pushImage('secret/app', ['v1'], manifest);
    await streams.create('private', { v1: `${closed.host}/secret/app:v1` });
    await streams.until('private', (each) =>
      expect(failureOf(each, 'v1')).toMatchObject({ reason: 'Unauthorized' }),
    );
    const secret = (password: string): object => ({
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name: 'pull' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: {
        '.dockerconfigjson': JSON.stringify({
          auths: { [closed.host]: { username: 'alice', password } },
        }),
      },
    });
    const path = '/api/v1/namespaces/default/secrets';
    expect((await api.post(path, secret('wrong'))).status).toBe(201);
    expect((await api.put(`${path}/pull`, secret('right'))).status).toBe(200);
    await streams.until('private', (each) => {
      expect(digests(each, 'v1')).toEqual([manifest.digest]);
      expect(failureOf(each, 'v1')).toBeUndefined();
    });
  });

  test('a registry that fails for a while is asked again, one that says no is not', async () => {
    const digest = await pushed('flaky/app', 'v1', 'flaky');
    const remove = proxy.inject({
      path: /\/v2\/flaky\//u,
      fault: { kind: 'status', status: 503, headers: { 'retry-after': '1' } },
    });
    await streams.create('flaky', {
      v1: `${proxy.host}/flaky/app:v1`,
      missing: `${proxy.host}/new/app:missing`,
    });
    await streams.until('flaky', (each) => {
      expect(failureOf(each, 'v1')).toMatchObject({ reason: 'InternalError' });
      expect(failureOf(each, 'missing')).toMatchObject({ reason: 'NotFound' });
    });
    remove();
    const asked = proxy.count('GET', /\/manifests\/missing/u);
    await streams.until('flaky', (each) => expect(digests(each, 'v1')).toEqual([digest]));
    expect(proxy.count('GET', /\/manifests\/missing/u)).toBe(asked);
  });

  test('a registry that asked for a pause, and credential helpers in secrets, are told of', async () => {
    await using own = await startCountingProxy(registry.url);
    const helped = {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name: 'helped' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': '{"auths":{},"credHelpers":{"x.example":"ecr-login"}}' },
    };
    expect((await api.post('/api/v1/namespaces/default/secrets', helped)).status).toBe(201);
    own.inject({ fault: { kind: 'status', status: 429, headers: { 'retry-after': '60' } } });
    await streams.create('paused', { v1: `${own.host}/paused/app:v1` });
    await streams.until('paused', (each) =>
      expect(failureOf(each, 'v1')?.message).toMatch(
        /toomanyrequests: the registry asked for a pause until \d{4}-\d\d-\d\dT/u,
      ),
    );
    const path = '/apis/image.openshift.io/v1/namespaces/default/imagestreams/paused/history';
    const { body } = await api.get(path);
    const problem = 'credential helpers are ignored in secrets';
    expect((body as { tags: object[] }).tags).toMatchObject([
      {
        registry: { name: own.host, phase: 'Paused', reason: 'it asked for a pause' },
        unused: [{ secret: 'helped', key: 'credHelpers', problem }],
      },
    ]);
    expect(JSON.stringify(body)).not.toContain('ecr-login');
  });

  test('PostgreSQL killed and started again: the process recovers by itself', async () => {
    const [pid] = readFileSync(join(server.dataDir, 'pg', '18', 'postmaster.pid'), 'utf8').split(
      '\n',
    );
    process.kill(Number(pid), 'SIGKILL');
    const digest = await pushed('after/app', 'v1', 'after');
    await vi.waitFor(async () => expect((await api.get('/readyz')).status).toBe(200), {
      timeout: 30_000,
      interval: 200,
    });
    await streams.create('after', { v1: `${proxy.host}/after/app:v1` });
    await streams.until('after', (each) => expect(digests(each, 'v1')).toEqual([digest]));
    expect(server.pid).toBeGreaterThan(0);
    expect(() => process.kill(server.pid, 0)).not.toThrow();
  });

  test('it stops within ten seconds with exit code 0', async () => {
    const release = proxy.inject({ path: /\/v2\/slow\//u, fault: { kind: 'stall' } });
    await streams.create('slow', { v1: `${proxy.host}/slow/app:v1` });
    await vi.waitFor(() => expect(proxy.count('GET', /\/v2\/slow\//u)).toBeGreaterThan(0), {
      timeout: 10_000,
    });
    const before = Date.now();
    expect(await server.stop()).toBe(0);
    expect(Date.now() - before).toBeLessThan(10_000);
    release();
  });
});

describe('workers as processes of their own', () => {
  test.for([
    { name: 'on Redis', withRedis: true },
    { name: 'on PostgreSQL', withRedis: false },
  ])('$name, a worker that is killed in mid-import loses nothing', async ({ withRedis }) => {
    await using redis = withRedis ? await startRedis() : undefined;
    const queue = redis === undefined ? [] : [`--redis-url=${redis.url}`];
    await using server = await startServer({ args: ['--workers=0', ...queue] });
    const own = [...queue, `--data-dir=${server.dataDir}`, '--job-lock=2s', '--workers=1'];
    using api = new ApiClient(server);
    const streams = new StreamsApi(api);
    const repository = `killed/${withRedis ? 'redis' : 'postgres'}`;
    const digest = await pushed(repository, 'v1', repository);
    const blobs = new RegExp(`/v2/${repository}/blobs/`, 'u');
    const release = proxy.inject({ path: blobs, fault: { kind: 'stall' } });
    const victim = await startWorker(own);
    await streams.create('killed', { v1: `${proxy.host}/${repository}:v1` });
    await vi.waitFor(() => expect(proxy.count('GET', blobs)).toBeGreaterThan(0), {
      timeout: 20_000,
    });
    await victim.kill9();
    release();
    await using heirs = new AsyncDisposableStack();
    heirs.use(await startWorker(own));
    heirs.use(await startWorker(own));
    await streams.until('killed', (each) => expect(digests(each, 'v1')).toEqual([digest]));
    expect((await streams.get('killed')).metadata.generation).toBe(2);
  });

  test('two of them share the work, and everything is imported once', async () => {
    await using redis = await startRedis();
    const queue = `--redis-url=${redis.url}`;
    await using server = await startServer({ args: ['--workers=0', queue] });
    const own = [queue, `--data-dir=${server.dataDir}`, '--workers=4'];
    await using workers = new AsyncDisposableStack();
    workers.use(await startWorker(own));
    workers.use(await startWorker(own));
    using api = new ApiClient(server);
    const streams = new StreamsApi(api);
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
    const wanted = new Map(
      await Promise.all(
        names.map(async (name) => [name, await pushed(`shared/${name}`, 'v1', name)] as const),
      ),
    );
    await Promise.all(
      names.map((name) => streams.create(name, { v1: `${proxy.host}/shared/${name}:v1` })),
    );
    for (const name of names) {
      const stream = await streams.until(name, (each) =>
        expect(digests(each, 'v1')).toEqual([wanted.get(name)]),
      );
      expect(stream.metadata.generation).toBe(2);
    }
  });

  test('what is new is fetched once, however many streams of however many namespaces follow it', async () => {
    await using server = await startServer({ args: ['--workers=0', '--schedule-interval=2s'] });
    const own = [`--data-dir=${server.dataDir}`, '--workers=4', '--schedule-interval=2s'];
    await using workers = new AsyncDisposableStack();
    workers.use(await startWorker(own));
    workers.use(await startWorker(own));
    await using slow = await startCountingProxy(registry.url, { latencyMs: 100 });
    using api = new ApiClient(server);
    const namespaces = Array.from({ length: 8 }, (_, index) => `team-${index}`);
    const gets = (digest = ''): number => slow.count('GET', new RegExp(`/${digest}$`, 'u'));
    const allAt = async (manifest: Manifest): Promise<void> => {
      const { digest } = manifest.children[0]!;
      for (const namespace of namespaces)
        await new StreamsApi(api, namespace).until('app', (each) =>
          expect(digests(each, 'v1')[0]).toBe(digest),
        );
    };
    const first = await movedTwin('first');
    await Promise.all(
      namespaces.map(async (name) => {
        const namespace = { kind: 'Namespace', apiVersion: 'v1', metadata: { name } };
        expect((await api.post('/api/v1/namespaces', namespace)).status).toBe(201);
        await new StreamsApi(api, name).create(
          'app',
          { v1: `${slow.host}/once/app:v1` },
          { scheduled: true },
        );
      }),
    );
    await allAt(first);
    // The tag itself is asked for by each.
    const [child] = first.children;
    expect([gets(child!.digest), gets(configDigestOf(child!))]).toEqual([1, 1]);
    const second = await movedTwin('second');
    await allAt(second);
    const [next] = second.children;
    const once = [second.digest, next!.digest, configDigestOf(next!)];
    expect(once.map((digest) => gets(digest))).toEqual([1, 1, 1]);
  });

  test("a person's import in one goes before what another checks, and has the whole of the rate", async () => {
    await using server = await startServer({ args: ['--workers=0', '--schedule-interval=1s'] });
    await using shared = await startCountingProxy(registry.url);
    const file = join(server.dataDir, 'registries.yaml');
    const rate = 12;
    writeFileSync(
      file,
      JSON.stringify({
        registries: { [shared.host]: { insecure: true, requestsPerSecond: rate } },
      }),
    );
    const own = [`--data-dir=${server.dataDir}`, `--registries-config=${file}`];
    await using workers = new AsyncDisposableStack();
    workers.use(await startWorker([...own, '--queues=import']));
    workers.use(await startWorker([...own, '--queues=schedule']));
    using api = new ApiClient(server);
    const streams = new StreamsApi(api);
    // More than the rate allows: the schedule never has enough.
    const busy = Array.from({ length: 16 }, (_, index) => `b${index}`);
    await push.pushImage('busy/app', busy, distinctImage('busy'));
    const specs = busy.map((tag) => [tag, `${shared.host}/busy/app:${tag}`] as const);
    await streams.create('busy', Object.fromEntries(specs), { scheduled: true });
    const checks = (): number[] =>
      shared.requests.filter(({ path }) => path.includes('/busy/')).map(({ at }) => at);
    const checked = async (more: number): Promise<void> => {
      const before = checks().length;
      await vi.waitFor(() => expect(checks().length).toBeGreaterThan(before + more), {
        timeout: 30_000,
      });
    };
    await streams.until('busy', (each) => expect(digests(each, 'b15')).toHaveLength(1));
    await checked(2);

    const wanted = Array.from({ length: 24 }, (_, index) => `w${index}`);
    for (const tag of wanted) await pushed('wanted/app', tag, tag);
    const importing = api.post(
      '/apis/image.openshift.io/v1/namespaces/default/imagestreamimports',
      {
        kind: 'ImageStreamImport',
        apiVersion: 'image.openshift.io/v1',
        metadata: { name: 'wanted' },
        spec: {
          import: true,
          images: wanted.map((tag) => ({
            from: { kind: 'DockerImage', name: `${shared.host}/wanted/app:${tag}` },
            to: { name: tag },
          })),
        },
      },
    );
    await vi.waitFor(
      async () => {
        const { body } = await api.get(`/apis/sluice.dev/v1/registries/${shared.host}`);
        expect(body).toMatchObject({
          status: { phase: 'Held', reason: "people's imports go first" },
        });
      },
      { timeout: 20_000, interval: 50 },
    );
    // What was under way may still come.
    const heldAt = Date.now() + 1_000;
    const { status, body } = await importing;
    const endedAt = Date.now();
    expect(status).toBe(201);
    const outcomes = (body as { status: { images: { status: { status: string } }[] } }).status
      .images;
    expect(outcomes.map((each) => each.status.status)).toEqual(wanted.map(() => 'Success'));
    expect(checks().filter((at) => at > heldAt && at < endedAt)).toEqual([]);
    // It had more than the half of two processes.
    const times = shared.requests
      .filter(({ path }) => path.includes('/wanted/'))
      .map(({ at }) => at);
    const within = times.map(
      (at) => times.filter((other) => other >= at && other < at + 1_000).length,
    );
    expect(Math.max(...within)).toBeGreaterThan(rate / 2 + 1);
    await checked(2);
  });

  test('Redis that loses everything delays imports and loses none', async () => {
    await using redis = await startRedis();
    const queue = `--redis-url=${redis.url}`;
    await using server = await startServer({
      args: ['--workers=0', '--schedule-interval=2s', queue],
    });
    using api = new ApiClient(server);
    const streams = new StreamsApi(api);
    const digest = await pushed('flushed/app', 'v1', 'flushed');
    await streams.create('flushed', { v1: `${proxy.host}/flushed/app:v1` }, { scheduled: true });
    await redis.kill9();
    await redis.start({ empty: true });
    const own = [queue, `--data-dir=${server.dataDir}`, '--schedule-interval=2s'];
    await using workers = new AsyncDisposableStack();
    workers.use(await startWorker(own));
    await streams.until('flushed', (each) => expect(digests(each, 'v1')).toEqual([digest]));
    const next = await pushed('flushed/app', 'v1', 'flushed-2');
    await streams.until('flushed', (each) => expect(digests(each, 'v1')).toEqual([next, digest]));
  });

  test('one that is told to serves metrics, and what it learned of registries is shown', async () => {
    await using server = await startServer({ args: ['--workers=0', '--schedule-interval=2s'] });
    const port = await freePort();
    const own = [`--data-dir=${server.dataDir}`, `--metrics-listen=127.0.0.1:${port}`];
    await using worker = await startWorker(own);
    using api = new ApiClient(server);
    const streams = new StreamsApi(api);
    await pushed('measured/app', 'v1', 'measured');
    await streams.create('measured', { v1: `${proxy.host}/measured/app:v1` }, { scheduled: true });
    const page = async (path: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    await vi.waitFor(
      async () =>
        expect(await page('/metrics')).toMatch(
          /^sluice_schedule_checks_total\{outcome="unchanged",registry="127\.0\.0\.1:\d+"\} [1-9]/mu,
        ),
      { timeout: 20_000, interval: 200 },
    );
    expect(await page('/metrics')).toContain('sluice_schedule_tags 1\n');
    expect([await page('/livez'), await page('/readyz')]).toEqual(['ok', 'ok']);
    expect((await fetch(`http://127.0.0.1:${port}/other`)).status).toBe(404);
    await vi.waitFor(
      async () => {
        const { body } = await api.get('/apis/sluice.dev/v1/registries');
        expect((body as { items: object[] }).items).toMatchObject([
          {
            metadata: { name: proxy.host },
            status: { phase: 'Ready', scheduledTags: 1, processes: 1, inFlight: 32 },
          },
        ]);
      },
      { timeout: 10_000, interval: 200 },
    );
    const table = await server.kubectl(['get', 'registry', proxy.host]);
    expect(table.stdout).toMatch(/^NAME +PHASE +UNTIL +TAGS +QUOTA/u);
    expect((await server.kubectl(['delete', 'registry', proxy.host])).exitCode).not.toBe(0);
    expect(await worker.stop(12_000)).toBe(0);
  });
});

describe('of an index, in the default mode', () => {
  test('a new one with the same image of the platform is no change, one with another is', async () => {
    await using server = await startServer({ args: ['--schedule-interval=1s'] });
    using api = new ApiClient(server);
    const streams = new StreamsApi(api);
    const other = 's390x';
    const [own, newer] = [image('own'), image('newer')];
    const seen = async (digest: string): Promise<void> =>
      vi.waitFor(
        async () => {
          const path = '/apis/image.openshift.io/v1/namespaces/default/imagestreams/multi/history';
          const { body } = await api.get(path);
          expect(body).toMatchObject({ tags: [{ check: { digest } }] });
        },
        { timeout: 20_000, interval: 100 },
      );
    const first = await pushedIndex(own, image('other', other));
    await streams.create('multi', { v1: `${proxy.host}/multi/app:v1` }, { scheduled: true });
    await seen(first);
    const before = await streams.until('multi', (each) =>
      expect(digests(each, 'v1')).toEqual([own.digest]),
    );
    await seen(await pushedIndex(own, image('other rebuilt', other)));
    await seen(await pushedIndex(own, image('other rebuilt', other), attestation(own)));
    expect((await streams.get('multi')).metadata.resourceVersion).toBe(
      before.metadata.resourceVersion,
    );
    // Neither it nor its config was fetched again.
    const ofOwn = new RegExp(`/(?:manifests|blobs)/(?:${own.digest}|${configDigestOf(own)})`, 'u');
    expect(proxy.count('GET', ofOwn)).toBe(2);
    await seen(await pushedIndex(newer, image('other rebuilt', other)));
    await streams.until('multi', (each) =>
      expect(digests(each, 'v1')).toEqual([newer.digest, own.digest]),
    );
  });
});
