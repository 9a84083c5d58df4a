import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { bearerToken } from '#src/apiserver/authenticate/bearer-tokens.ts';

import {
  type Answer,
  type Harness,
  startHarness,
  type Watching,
  widgetsPath,
} from './support/harness.ts';
import { createNamespace, freshName, widget } from './support/objects.ts';

let api: Harness;

beforeAll(async () => {
  api = await startHarness();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function merge(path: string, body: unknown): Promise<Answer> {
  return api.request('PATCH', path, {
    body,
    headers: { 'content-type': 'application/merge-patch+json' },
  });
}

const create = (path: string, name: string, labels?: Record<string, string>): Promise<Answer> =>
  api.request('POST', path, {
    body: widget({ name, ...(labels === undefined ? {} : { labels }) }),
  });

/** `ADDED a`, `BOOKMARK`, … */
function shown({ events }: Watching): string[] {
  return events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`.trim());
}

/** A list after everything that a watch from its version shows. */
async function replay(path: string, list: Answer['json']): Promise<unknown[]> {
  const known = new Map<string, unknown>(
    list.items.map((item: { metadata: { name: string } }) => [item.metadata.name, item]),
  );
  const watch = await api.watch(
    `${path}?watch=true&timeoutSeconds=4&resourceVersion=${list.metadata.resourceVersion}`,
  );
  await watch.ended;
  for (const { type, object } of watch.events)
    if (type === 'DELETED') known.delete(object.metadata.name);
    else known.set(object.metadata.name, object);
  return [...known.keys()].toSorted().map((name) => known.get(name));
}

describe('a watch', () => {
  test('begins with what is there and goes on with what happens', async () => {
    const path = await createNamespace(api);
    await create(path, 'a');
    const watch = await api.watch(`${path}?watch=true`);
    await watch.until(1);
    await create(path, 'b');
    await merge(`${path}/a`, { spec: { size: 1 } });
    const deleted = await api.request('DELETE', `${path}/b`);
    expect(deleted.status).toBe(200);
    await watch.until(4);
    watch.stop();
    expect(shown(watch)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
    const versions = watch.events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((x, y) => x - y));
    expect(new Set(versions).size).toBe(4);
    expect(watch.headers['content-type']).toBe('application/json');
  });

  test('from the version of a list misses nothing and repeats nothing', async () => {
    const path = await createNamespace(api);
    await create(path, 'a');
    const { json } = await api.request('GET', path);
    await create(path, 'b');
    const watch = await api.watch(
      `${path}?watch=1&resourceVersion=${json.metadata.resourceVersion}`,
    );
    await create(path, 'c');
    await watch.until(2);
    watch.stop();
    expect(shown(watch)).toEqual(['ADDED b', 'ADDED c']);
  });

  test('of a selection sees entering and leaving', async () => {
    const path = await createNamespace(api);
    const watch = await api.watch(`${path}?watch=true&labelSelector=app%3Dx`);
    await create(path, 'a');
    await merge(`${path}/a`, { metadata: { labels: { app: 'x' } } });
    await merge(`${path}/a`, { spec: { size: 1 } });
    const left = await merge(`${path}/a`, { metadata: { labels: { app: 'y' } } });
    await merge(`${path}/a`, { spec: { size: 2 } });
    await merge(`${path}/a`, { metadata: { labels: { app: 'x' } } });
    await api.request('DELETE', `${path}/a`);
    await watch.until(5);
    watch.stop();
    expect(shown(watch)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED a', 'DELETED a']);
    const { object } = watch.events[2];
    expect(object.metadata.labels).toEqual({ app: 'x' });
    expect(object.metadata.resourceVersion).toBe(left.json.metadata.resourceVersion);
  });

  test.for([
    {
      name: 'by field selector',
      query: (path: string) => `${path}?watch=true&fieldSelector=metadata.name%3Da`,
    },
    { name: 'under its name', query: (path: string) => `${path}/a?watch=true` },
    {
      name: 'with the old prefix',
      query: (path: string) => `${path.replace('/v1/', '/v1/watch/')}/a`,
    },
  ])('of one object $name', async ({ query }) => {
    const path = await createNamespace(api);
    await create(path, 'a');
    const watch = await api.watch(query(path));
    await create(path, 'b');
    await merge(`${path}/a`, { spec: { size: 1 } });
    await watch.until(2);
    watch.stop();
    expect(shown(watch)).toEqual(['ADDED a', 'MODIFIED a']);
  });

  test('of a namespace sees no other', async () => {
    const [path, other] = [await createNamespace(api), await createNamespace(api)];
    const watch = await api.watch(`${path}?watch=true`);
    await create(other, 'x');
    await create(path, 'a');
    await watch.until(1);
    watch.stop();
    expect(shown(watch)).toEqual(['ADDED a']);
  });

  test('sees nothing of a write that changes nothing', async () => {
    const path = await createNamespace(api);
    await create(path, 'a');
    const watch = await api.watch(`${path}?watch=true`);
    await watch.until(1);
    await merge(`${path}/a`, { spec: { colour: 'grey' } });
    await create(path, 'b');
    await watch.until(2);
    watch.stop();
    expect(shown(watch)).toEqual(['ADDED a', 'ADDED b']);
  });

  test('ends after its timeout, with a bookmark where they are wanted', async () => {
    const path = await createNamespace(api);
    const plain = await api.watch(`${path}?watch=true&timeoutSeconds=4`);
    const marked = await api.watch(`${path}?watch=true&timeoutSeconds=4&allowWatchBookmarks=true`);
    await create(path, 'a');
    await Promise.all([plain.ended, marked.ended]);
    expect(shown(plain)).toEqual(['ADDED a']);
    expect(shown(marked)).toEqual(['ADDED a', 'BOOKMARK']);
    const [added, bookmark] = marked.events;
    expect(bookmark.object).toMatchObject({ kind: 'Widget', apiVersion: 'example.dev/v1' });
    expect(Number(bookmark.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(
      Number(added.object.metadata.resourceVersion),
    );
  });

  test('sends the initial events and a bookmark that ends them', async () => {
    const path = await createNamespace(api);
    await create(path, 'a');
    const watch = await api.watch(
      `${path}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    await watch.until(2);
    expect(shown(watch)).toEqual(['ADDED a', 'BOOKMARK']);
    expect(watch.events[1].object.metadata.annotations).toEqual({
      'k8s.io/initial-events-end': 'true',
    });
    await create(path, 'b');
    await watch.until(3);
    watch.stop();
    expect(shown(watch)[2]).toBe('ADDED b');
  });

  test('without initial events begins now', async () => {
    const path = await createNamespace(api);
    await create(path, 'a');
    const watch = await api.watch(
      `${path}?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`,
    );
    await create(path, 'b');
    await watch.until(1);
    watch.stop();
    expect(shown(watch)).toEqual(['ADDED b']);
  });

  test.for([
    {
      query: 'sendInitialEvents=true',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    },
    {
      query: 'resourceVersionMatch=NotOlderThan',
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    },
    {
      query: 'labelSelector=%3Db',
      message: "found '=', expected: !, identifier, or 'end of string'",
    },
  ])('with $query is refused before it begins', async ({ query, message }) => {
    const { json } = await api.request('GET', `${widgetsPath}?watch=true&${query}`);
    expect(json).toMatchObject({ status: 'Failure', message });
  });

  test('from a compacted version ends with an error event', async () => {
    const path = await createNamespace(api);
    await create(path, 'a');
    const revision = await api.record.store.currentRevision();
    await create(path, 'b');
    await create(path, 'c');
    await api.record.store.compact(revision + 1);
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

  test('as a table names its columns once', async () => {
    const path = await createNamespace(api);
    await create(path, 'a');
    const watch = await api.watch(`${path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=4`, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    await create(path, 'b');
    await watch.ended;
    const [first, second, bookmark] = watch.events.map(({ object }) => object);
    expect(first.columnDefinitions).toHaveLength(3);
    expect(first.rows[0].cells).toEqual(['a', 'grey', 0]);
    expect(second.columnDefinitions).toEqual([]);
    expect(bookmark.rows[0]).toMatchObject({
      cells: [null, null, null],
      object: { kind: 'Widget', metadata: { resourceVersion: expect.any(String) } },
    });
  });

  test('of two clients shows the same order', async () => {
    const path = await createNamespace(api);
    const watches = await Promise.all([
      api.watch(`${path}?watch=true`),
      api.watch(`${path}?watch=true`),
    ]);
    await Promise.all(Array.from({ length: 20 }, (_, index) => create(path, `w${index}`)));
    await Promise.all(watches.map((watch) => watch.until(20)));
    for (const watch of watches) watch.stop();
    expect(shown(watches[0])).toEqual(shown(watches[1]));
  });

  test('can be read at once after what it shows', async () => {
    const path = await createNamespace(api);
    const watch = await api.watch(`${path}?watch=true`);
    await create(path, 'a');
    await watch.until(1);
    watch.stop();
    expect((await api.request('GET', `${path}/a`)).status).toBe(200);
  });

  test('of a client that does not read holds up nobody, and ends', async () => {
    const path = '/api/v1/namespaces/test/secrets';
    const megabyte = 'x'.repeat(1 << 20);
    await api.request('POST', path, { body: { metadata: { name: 'big' }, data: { a: megabyte } } });
    const slow = await api.watch(`${path}?watch=true`);
    await slow.until(1);
    slow.pause();
    const { json } = await api.request('GET', `${path}?limit=1`);
    const quick = await api.watch(
      `${path}?watch=true&resourceVersion=${json.metadata.resourceVersion}`,
    );
    const writes = 45;
    for (let index = 0; index < writes; index += 1)
      await merge(`${path}/big`, { metadata: { labels: { n: String(index) } } });
    await quick.until(writes);
    quick.stop();
    slow.resume();
    await slow.ended;
    expect(slow.events.length).toBeLessThan(writes);
    expect(slow.events.every(({ type }) => type === 'ADDED' || type === 'MODIFIED')).toBe(true);
  });

  test('reaches 200 clients with one write', async () => {
    const path = await createNamespace(api);
    const watches = await Promise.all(
      Array.from({ length: 200 }, () => api.watch(`${path}?watch=true`)),
    );
    await create(path, 'a');
    await Promise.all(watches.map((watch) => watch.until(1)));
    for (const watch of watches) watch.stop();
    expect(new Set(watches.flatMap(shown))).toEqual(new Set(['ADDED a']));
  });

  test('goes on at another server of the same database', async () => {
    const path = await createNamespace(api);
    const first = await api.watch(`${path}?watch=true`);
    const { json } = await create(path, 'a');
    await first.until(1);
    first.stop();
    await create(path, 'b');
    await using other = await startHarness({}, api.record.connection);
    const second = await other.watch(
      `${path}?watch=true&resourceVersion=${json.metadata.resourceVersion}`,
    );
    await create(path, 'c');
    await other.request('POST', path, { body: widget({ name: 'd' }) });
    await second.until(3);
    expect(shown(second)).toEqual(['ADDED b', 'ADDED c', 'ADDED d']);
    second.stop();
  });

  test.for([
    { name: 'whose token is withdrawn', code: 401, message: 'Unauthorized' },
    {
      name: 'who may no longer watch',
      code: 403,
      message: expect.stringContaining('cannot watch'),
    },
  ])('of one $name ends with the refusal', async ({ code, message }) => {
    const [token, user] = [freshName('token'), { username: 'carol', groups: ['watchers'] }];
    let lost = 0;
    await using own = await startHarness({
      recheckMs: 100,
      authenticators: [
        {
          authenticate: (credentials) =>
            Promise.resolve(bearerToken(credentials) === token && lost !== 401 ? user : undefined),
        },
      ],
      authorizer: {
        authorize: () => Promise.resolve({ decision: lost === 403 ? 'none' : 'allow', reason: '' }),
      },
    });
    const path = '/api/v1/namespaces/test/configmaps';
    const watch = await own.watch(`${path}?watch=true`, { token });
    await own.request('POST', path, { token, body: { metadata: { name: 'a' } } });
    await watch.until(1);
    lost = code;
    await watch.ended;
    expect(watch.events).toMatchObject([
      { type: 'ADDED' },
      { type: 'ERROR', object: { kind: 'Status', code, message } },
    ]);
  });

  test('from the version of any list leads to the newest list', async () => {
    const path = await createNamespace(api);
    const lists: Answer[] = [];
    for (let index = 0; index < 60; index += 1) {
      const name = `w${(index * 7) % 10}`;
      if (index % 5 === 0) lists.push(await api.request('GET', path));
      if (index % 3 === 2) await api.request('DELETE', `${path}/${name}`);
      else if (index % 3 === 1) await merge(`${path}/${name}`, { spec: { size: index } });
      else await create(path, name);
    }
    const { json: newest } = await api.request('GET', path);
    const replayed = await Promise.all(lists.map(({ json }) => replay(path, json)));
    for (const items of replayed) expect(items).toEqual(newest.items);
  });
});
