import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { bearerToken } from '#src/apiserver/authenticate/bearer-tokens.ts';

import { type Answer, type Harness, startHarness, type Watching } from './support/harness.ts';
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
