import { setTimeout as delay } from 'node:timers/promises';

import {
  type KubernetesObject,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { startServer } from '#test/support/server.ts';
import { tempDir } from '#test/support/temp-dir.ts';

import { httpClient, type Answer, type Watching } from '../support/http.ts';
import { tableAccept } from './support/accept.ts';
import { coreIn, imageGroup, streamsIn } from './support/objects.ts';
import { freshName, type Program, startProgram } from './support/program.ts';
import { type Value, waitForCreation, waitForDeletion, waitForValue } from './support/wait.ts';

let api: Program;
let config: KubeConfig;

beforeAll(async () => {
  api = await startProgram({ args: ['--controllers=off'] });
  config = new KubeConfig();
  config.loadFromFile(api.server.kubeconfig);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

type Labels = Readonly<Record<string, string>>;

const create = (path: string, name: string, labels: Labels = {}): Promise<Answer> =>
  api.post(path, { metadata: { name, labels } });

/** The configmaps of a namespace of its own. */
const place = async (): Promise<string> => coreIn(await api.namespace(), 'configmaps');

/** `ADDED a`, `BOOKMARK`, … */
function shown({ events }: Watching): string[] {
  return events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`.trim());
}

const versions = ({ events }: Watching): number[] =>
  events.map(({ object }) => Number(object.metadata.resourceVersion));

/** What a watch has shown when so many events have come; it is stopped then. */
async function seen(watch: Watching, count: number): Promise<string[]> {
  await watch.until(count);
  watch.stop();
  return shown(watch);
}

test('91 a watch from the version of a list has no gap and repeats nothing', async () => {
  const path = await place();
  await create(path, 'a');
  const { json } = await api.get(path);
  await create(path, 'b');
  const watch = await api.watch(`${path}?watch=1&resourceVersion=${json.metadata.resourceVersion}`);
  await create(path, 'c');
  expect(await seen(watch, 2)).toEqual(['ADDED b', 'ADDED c']);
});

test.for(['', '&resourceVersion=0'])('92 a watch%s begins with what is there', async (version) => {
  const path = await place();
  await create(path, 'a');
  const watch = await api.watch(`${path}?watch=true${version}`);
  await watch.until(1);
  await create(path, 'b');
  expect(await seen(watch, 2)).toEqual(['ADDED a', 'ADDED b']);
});

test('93 all watches show writes in the order of their versions, whoever writes and whatever kind', async () => {
  const namespace = await api.namespace();
  const paths = ['configmaps', 'secrets'].map((kind) => coreIn(namespace, kind));
  const watches = await Promise.all(
    [...paths, ...paths].map((path) => api.watch(`${path}?watch=true`)),
  );
  await Promise.all(
    Array.from({ length: 40 }, (_, index) => create(paths[index % 2]!, `x${index}`)),
  );
  await Promise.all(watches.map((watch) => watch.until(20)));
  for (const watch of watches) {
    watch.stop();
    expect(versions(watch)).toEqual(versions(watch).toSorted((x, y) => x - y));
  }
  expect(shown(watches[0]!)).toEqual(shown(watches[2]!));
  expect(new Set(watches.slice(0, 2).flatMap(versions)).size).toBe(40);
});

test('94 a client that goes on from the last event loses nothing', async () => {
  const path = await place();
  const names: string[] = [];
  let resourceVersion = (await api.get(path)).json.metadata.resourceVersion as string;
  for (let round = 0; round < 3; round += 1) {
    const ended = Promise.withResolvers<unknown>();
    const controller = await new Watch(config).watch(
      path,
      { resourceVersion },
      (_, object: KubernetesObject) => {
        names.push(object.metadata?.name ?? '');
        ({ resourceVersion = '' } = object.metadata ?? {});
      },
      ended.resolve,
    );
    await create(path, `seen-${round}`);
    await vi.waitFor(() => expect(names).toContain(`seen-${round}`), 10_000);
    controller.abort();
    await ended.promise;
    await create(path, `missed-${round}`);
  }
  const last = await api.watch(`${path}?watch=true&resourceVersion=${resourceVersion}`);
  await last.until(1);
  last.stop();
  expect(names).toEqual(['seen-0', 'missed-0', 'seen-1', 'missed-1', 'seen-2']);
  expect(shown(last)).toEqual(['ADDED missed-2']);
});

test('95 a watch from a forgotten version ends with a 410 event', async () => {
  const path = await place();
  await create(path, 'a');
  await api.forget();
  await create(path, 'b');
  const watch = await api.watch(`${path}?watch=true&resourceVersion=1`);
  await watch.ended;
  expect(watch.status).toBe(200);
  expect(watch.events).toMatchObject([
    {
      type: 'ERROR',
      object: {
        kind: 'Status',
        code: 410,
        reason: 'Expired',
        message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/),
      },
    },
  ]);
});

test('96 an informer whose version is forgotten lists again without an error', async () => {
  const path = await place();
  await create(path, 'a');
  const events = await informed(path);
  await vi.waitFor(() => expect(events.seen).toEqual(['add a']), 10_000);
  await events.informer.stop();
  await create(path, 'b');
  await api.forget();
  await events.informer.start();
  await vi.waitFor(() => expect(events.seen).toContain('add b'), 10_000);
  await events.informer.stop();
  // Stopping it breaks its own connection off.
  expect(events.errors.filter((error) => !String(error).includes('AbortError'))).toEqual([]);
});

test('97 a selection sees entering and leaving', async () => {
  const path = await place();
  const watch = await api.watch(`${path}?watch=true&labelSelector=app%3Dx`);
  await create(path, 'a');
  const label = (app: string): Promise<Answer> =>
    api.patch(`${path}/a`, { metadata: { labels: { app } } });
  await label('x');
  await api.patch(`${path}/a`, { data: { a: 'b' } });
  const left = await label('y');
  await api.patch(`${path}/a`, { data: { a: 'c' } });
  await label('x');
  await api.delete(`${path}/a`);
  expect(await seen(watch, 5)).toEqual([
    'ADDED a',
    'MODIFIED a',
    'DELETED a',
    'ADDED a',
    'DELETED a',
  ]);
  const { object } = watch.events[2];
  expect(object.metadata.labels).toEqual({ app: 'x' });
  expect(object.metadata.resourceVersion).toBe(left.json.metadata.resourceVersion);
});

test.for([
  {
    by: 'field selector',
    query: (path: string) => `${path}?watch=true&fieldSelector=metadata.name%3Da`,
  },
  { by: 'its path', query: (path: string) => `${path}/a?watch=true` },
])('98 a watch of one object by $by', async ({ query }) => {
  const path = await place();
  await create(path, 'a');
  const watch = await api.watch(query(path));
  await create(path, 'b');
  await api.patch(`${path}/a`, { data: { a: 'b' } });
  expect(await seen(watch, 2)).toEqual(['ADDED a', 'MODIFIED a']);
});

test('99 DELETED has the version of the deletion and the last state', async () => {
  const path = await place();
  const { json } = await create(path, 'a', { last: 'state' });
  const watch = await api.watch(`${path}?watch=true`);
  await watch.until(1);
  await api.delete(`${path}/a`);
  expect(await seen(watch, 2)).toEqual(['ADDED a', 'DELETED a']);
  const { object } = watch.events[1];
  expect(object.metadata.labels).toEqual({ last: 'state' });
  expect(Number(object.metadata.resourceVersion)).toBeGreaterThan(
    Number(json.metadata.resourceVersion),
  );
  const { json: list } = await api.get(path);
  expect(Number(list.metadata.resourceVersion)).toBeGreaterThanOrEqual(
    Number(object.metadata.resourceVersion),
  );
});

test('100 bookmarks come only where they are wanted, and never ahead', async () => {
  const path = await place();
  const plain = await api.watch(`${path}?watch=true&timeoutSeconds=3`);
  const marked = await api.watch(`${path}?watch=true&timeoutSeconds=3&allowWatchBookmarks=true`);
  await create(path, 'a');
  await Promise.all([plain.ended, marked.ended]);
  expect(shown(plain)).toEqual(['ADDED a']);
  expect(shown(marked)).toEqual(['ADDED a', 'BOOKMARK']);
  expect(marked.events[1].object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
  const [added = 0, bookmark = 0] = versions(marked);
  expect(bookmark).toBeGreaterThanOrEqual(added);
  const { json } = await api.get(path);
  expect(bookmark).toBeLessThanOrEqual(Number(json.metadata.resourceVersion));
});

test('103 the end after timeoutSeconds is a clean one', async () => {
  const started = performance.now();
  const watch = await api.watch(`${await place()}?watch=true&timeoutSeconds=1`);
  await watch.ended;
  expect(performance.now() - started).toBeGreaterThan(900);
  expect(watch.events).toEqual([]);
});

/** That `x` of the config map `a` becomes 7. */
const seven = (path: string): Value => ({
  path,
  object: 'cm/a',
  jsonPath: '{.data.x}=7',
  isThere: ({ data }) => data?.x === '7',
});

test('101 initial events are sent with a bookmark behind them', async () => {
  const path = await place();
  await create(path, 'a');
  const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
  const watch = await api.watch(`${path}?${query}&allowWatchBookmarks=true`);
  await watch.until(2);
  expect(watch.events[1].object.metadata.annotations).toEqual({
    'k8s.io/initial-events-end': 'true',
  });
  await create(path, 'b');
  expect(await seen(watch, 3)).toEqual(['ADDED a', 'BOOKMARK', 'ADDED b']);
  const now = await api.watch(`${path}?${query.replace('=true&res', '=false&res')}`);
  await create(path, 'c');
  expect(await seen(now, 1)).toEqual(['ADDED c']);
  const waiting = waitForValue(api, { ...seven(path), watchList: true });
  await api.patch(`${path}/a`, { data: { x: '7' } });
  await waiting;
});

test.for([
  {
    query: 'sendInitialEvents=true',
    message: 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  },
  {
    query: 'resourceVersionMatch=NotOlderThan',
    message: 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
  },
])('102 a watch with $query alone is refused', async ({ query, message }) => {
  const { json } = await api.get(`${imageGroup}/imagestreams?watch=true&${query}`);
  expect(json).toMatchObject({
    code: 422,
    message: `ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: ${message}`,
  });
});

test('104 a watch of tables names its columns once', async () => {
  const namespace = await api.namespace();
  const path = streamsIn(namespace);
  await create(path, 'a');
  const watch = await api.watch(`${path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=2`, {
    headers: { accept: tableAccept },
  });
  await create(path, 'b');
  await watch.ended;
  const [first, second, bookmark] = watch.events.map(({ object }) => object);
  expect(first.columnDefinitions[0]).toMatchObject({ name: 'Name' });
  expect(first.rows[0].cells[0]).toBe('a');
  expect(second.columnDefinitions).toEqual([]);
  expect(bookmark.rows[0].object).toMatchObject({
    kind: 'ImageStream',
    metadata: { resourceVersion: expect.any(String) },
  });
  const args = [
    '-n',
    namespace,
    'get',
    'is',
    '-w',
    '--output-watch-events',
    '--request-timeout=2s',
  ];
  const { stdout } = await api.kubectl(args);
  expect(stdout).toMatch(/^EVENT +NAME /);
  expect(stdout).toMatch(/^ADDED +a /m);
});

test('105 kubectl wait for a value, a deletion and a creation', async () => {
  const path = await place();
  const namespace = path.split('/')[4]!;
  await create(path, 'a');
  const value = waitForValue(api, seven(path));
  const created = waitForCreation(api, { path, object: 'cm/later' });
  await api.patch(`${path}/a`, { data: { x: '7' } });
  await create(path, 'later');
  await Promise.all([value, created]);
  const gone = waitForDeletion(api, { path, object: 'cm/a' });
  await api.delete(`${path}/a`);
  await gone;
  const active: Value = {
    path: '/api/v1/namespaces',
    object: `ns/${namespace}`,
    jsonPath: '{.status.phase}=Active',
    isThere: ({ status }) => status.phase === 'Active',
  };
  await expect(waitForValue(api, active)).resolves.toBeUndefined();
});

test('106 a write that changes nothing is no event', async () => {
  const path = await place();
  await create(path, 'a', { app: 'x' });
  const watch = await api.watch(`${path}?watch=true`);
  await watch.until(1);
  await api.patch(`${path}/a`, { metadata: { labels: { app: 'x' } } });
  await create(path, 'b');
  expect(await seen(watch, 2)).toEqual(['ADDED a', 'ADDED b']);
});

test('107 a watch of a namespace sees no other', async () => {
  const [path, other] = [await place(), await place()];
  const watch = await api.watch(`${path}?watch=true`);
  await create(other, 'x');
  await create(path, 'a');
  expect(await seen(watch, 1)).toEqual(['ADDED a']);
});

test('108 a client that does not read holds up nobody, and is let go', async () => {
  const path = await place();
  await api.post(path, { metadata: { name: 'big' }, data: { a: 'x'.repeat(1_000_000) } });
  const slow = await api.watch(`${path}?watch=true`);
  await slow.until(1);
  slow.pause();
  const { json } = await api.get(`${path}?limit=1`);
  const quick = await api.watch(
    `${path}?watch=true&resourceVersion=${json.metadata.resourceVersion}`,
  );
  const writes = 45;
  for (let index = 0; index < writes; index += 1)
    await api.patch(`${path}/big`, { metadata: { labels: { n: String(index) } } });
  await quick.until(writes);
  quick.stop();
  slow.resume();
  await slow.ended;
  expect(slow.events.length).toBeLessThan(writes);
});

test('109 versions go on after a restart, and so do watches', async () => {
  using data = tempDir('restart');
  const options = { dataDir: data.path, args: ['--controllers=off'] };
  const path = coreIn('default', 'configmaps');
  const first = await startServer(options);
  const client = httpClient(first);
  const { json } = await client.request('POST', path, { body: { metadata: { name: 'before' } } });
  const watch = await client.watch(`${path}?watch=true`);
  await watch.until(1);
  expect(await first.stop()).toBe(0);
  await watch.ended;
  expect(shown(watch)).toEqual(['ADDED before']);
  await using second = await startServer(options);
  const again = httpClient(second);
  const resumed = await again.watch(
    `${path}?watch=true&resourceVersion=${json.metadata.resourceVersion}`,
  );
  const after = await again.request('POST', path, { body: { metadata: { name: 'after' } } });
  await resumed.until(1);
  resumed.stop();
  expect(shown(resumed)).toEqual(['ADDED after']);
  expect(Number(after.json.metadata.resourceVersion)).toBeGreaterThan(
    Number(json.metadata.resourceVersion),
  );
});

test('110 the headers of a watch are there before its first event', async () => {
  const path = await place();
  const { resourceVersion } = (await api.get(path)).json.metadata;
  const watch = await api.watch(`${path}?watch=true&resourceVersion=${resourceVersion}`);
  expect(watch).toMatchObject({ status: 200, events: [] });
  expect(watch.headers['content-type']).toBe('application/json');
  await create(path, 'a');
  expect(await seen(watch, 1)).toEqual(['ADDED a']);
});

async function openFiles(): Promise<number> {
  const { text } = await api.get('/metrics');
  return Number(/^process_open_fds (\d+)/m.exec(text)?.[1]);
}

test('111 a client that goes away leaves nothing behind', async () => {
  const path = await place();
  const before = await openFiles();
  const watches = await Promise.all(
    Array.from({ length: 50 }, () => api.watch(`${path}?watch=true`)),
  );
  expect(await openFiles()).toBeGreaterThanOrEqual(before + 40);
  for (const watch of watches) watch.stop();
  await vi.waitFor(async () => expect(await openFiles()).toBeLessThan(before + 10), 10_000);
});

test('112 the old paths of watches', async () => {
  const path = (await place()).replace('/v1/', '/v1/watch/');
  const watch = await api.watch(`${path}?timeoutSeconds=1`);
  await watch.ended;
  expect(watch.status).toBe(200);
});

test('113 what cannot be watched says so', async () => {
  const { json } = await api.get(`${imageGroup}/imagestreamtags?watch=true`);
  expect(json).toMatchObject({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'watch is not supported on resources of kind "imagestreamtags.image.openshift.io"',
  });
});

interface Informed {
  readonly informer: ReturnType<typeof makeInformer>;
  readonly seen: string[];
  readonly errors: unknown[];
}

/** A running informer of the configmaps under a path. */
async function informed(path: string): Promise<Informed> {
  const namespace = path.split('/')[4]!;
  const objects = KubernetesObjectApi.makeApiClient(config);
  const seenEvents: string[] = [];
  const errors: unknown[] = [];
  const informer = makeInformer(config, path, () => objects.list('v1', 'ConfigMap', namespace));
  for (const event of ['add', 'update', 'delete'] as const)
    informer.on(event, ({ metadata }) => {
      seenEvents.push(`${event} ${metadata?.name}`);
    });
  informer.on('error', (error) => errors.push(error));
  await informer.start();
  return { informer, seen: seenEvents, errors };
}

test('114 an informer keeps a cache', async () => {
  const path = await place();
  await create(path, 'a');
  const events = await informed(path);
  await create(path, 'b');
  await vi.waitFor(() => expect(events.seen).toContain('add b'), 10_000);
  await api.patch(`${path}/b`, { data: { a: 'b' } });
  await api.delete(`${path}/a`);
  await vi.waitFor(() => expect(events.seen).toContain('delete a'), 10_000);
  await events.informer.stop();
  expect(events.seen).toEqual(['add a', 'add b', 'update b', 'delete a']);
});

test('116 a server that stops ends watches cleanly', async () => {
  await using own = await startProgram({ args: ['--controllers=off'] });
  const watch = await own.watch(`${imageGroup}/imagestreams?watch=true`);
  await delay(50);
  expect(await own.server.stop()).toBe(0);
  await watch.ended;
  expect(watch).toMatchObject({ status: 200, events: [] });
});

test('99 nothing of a watch is ahead of what can be read', async () => {
  const path = await place();
  const name = freshName();
  const watch = await api.watch(`${path}?watch=true`);
  await create(path, name);
  await watch.until(1);
  watch.stop();
  expect((await api.get(`${path}/${name}`)).status).toBe(200);
});
