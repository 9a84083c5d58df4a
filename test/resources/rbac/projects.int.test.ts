import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { httpClient } from '../../apiserver/support/http.ts';
import { startTestApi, type ApiAnswer, type TestApi } from '../support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ rbac: true, namespaces: ['first', 'second', 'third'] });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const projects = '/apis/project.openshift.io/v1/projects';
const requests = '/apis/project.openshift.io/v1/projectrequests';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
/** Whoever logged in with a password may ask for projects. */
const loggedIn = 'system:authenticated:oauth';

function as(user: string, method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  return api.send({
    method,
    path,
    headers: { authorization: `Bearer ${user}` },
    ...(body === undefined ? {} : { body }),
  });
}

async function share(namespace: string, user: string, role = 'view'): Promise<void> {
  const { status } = await api.post(`${rbac}/namespaces/${namespace}/rolebindings`, {
    metadata: { name: `${user}-${role}` },
    roleRef: { kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', name: user }],
  });
  expect(status).toBe(201);
}

async function namesOf(user: string, query = ''): Promise<string[]> {
  const { body } = await as(user, 'GET', `${projects}${query}`);
  return body.items.map((each: { metadata: { name: string } }) => each.metadata.name);
}

describe('requests', () => {
  test('whoever asks for a project administers it at once', async () => {
    const alice = `alice,${loggedIn}`;
    const made = await as(alice, 'POST', requests, {
      metadata: { name: 'alices' },
      displayName: 'Of Alice',
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      kind: 'Project',
      metadata: {
        name: 'alices',
        annotations: {
          'openshift.io/display-name': 'Of Alice',
          'openshift.io/requester': 'alice',
        },
      },
    });
    const streams = '/apis/image.openshift.io/v1/namespaces/alices/imagestreams';
    expect((await as('alice', 'POST', streams, { metadata: { name: 'app' } })).status).toBe(201);
    expect((await as('bob', 'GET', streams)).status).toBe(403);
    expect(await namesOf('alice')).toEqual(['alices']);
    expect((await as('alice', 'DELETE', `${projects}/alices`)).status).toBe(200);
  });

  test('a generated name is administered too', async () => {
    const { body } = await as(`gina,${loggedIn}`, 'POST', requests, {
      metadata: { generateName: 'gen-' },
    });
    expect(await namesOf('gina')).toEqual([body.metadata.name]);
  });

  test('who may not ask is told so, by GET as by POST', async () => {
    const get = await as('bob', 'GET', requests);
    expect(get.status).toBe(403);
    expect(get.body.message).toContain('you may not request a new project via this API.');
    const post = await as('bob', 'POST', requests, { metadata: { name: 'bobs' } });
    expect(post.status).toBe(403);
    expect((await as(`bob,${loggedIn}`, 'GET', requests)).body).toMatchObject({
      kind: 'Status',
      status: 'Success',
    });
  });

  test('names of the platform are not given away, nor is a project twice', async () => {
    const alice = `alice,${loggedIn}`;
    const platform = await as(alice, 'POST', requests, { metadata: { name: 'openshift-x' } });
    expect(platform.body.message).toBe(
      'project.project.openshift.io "openshift-x" is forbidden: cannot request a project starting with "openshift-"',
    );
    const again = await as(alice, 'POST', requests, { metadata: { name: 'first' } });
    expect(again.status).toBe(409);
    expect(await namesOf('alice')).not.toContain('first');
  });

  test('a dry run makes nothing', async () => {
    const { status } = await as(`dora,${loggedIn}`, 'POST', `${requests}?dryRun=All`, {
      metadata: { name: 'doras' },
    });
    expect(status).toBe(201);
    expect(await namesOf('dora')).toEqual([]);
  });
});

describe('the list', () => {
  test('holds what the user sees, without a word about the rest', async () => {
    await share('first', 'lisa');
    await share('third', 'lisa');
    expect(await namesOf('lisa')).toEqual(['first', 'third']);
    const { body, text } = await as('lisa', 'GET', `${projects}?limit=1`);
    expect(body.items).toHaveLength(2);
    expect(body.metadata).toEqual({ resourceVersion: expect.any(String) });
    expect(text).not.toContain('second');
    expect(await namesOf('nobody')).toEqual([]);
  });

  test('a project that is not seen is as forbidden as one that does not exist', async () => {
    const [there, gone] = await Promise.all(
      ['second', 'no-such'].map((name) => as('lisa', 'GET', `${projects}/${name}`)),
    );
    expect([there?.status, gone?.status]).toEqual([403, 403]);
    expect(there?.text.replaceAll('second', 'NAME')).toBe(gone?.text.replaceAll('no-such', 'NAME'));
  });
});

/** Begins a watch; `seen` grows as events come, `after` waits until there are so many. */
async function watching(
  user: string,
  query: string,
): Promise<{ seen(): string[]; after(count: number): Promise<string[]>; stop(): void }> {
  const client = httpClient({ url: api.url, ca: api.ca, token: user });
  const watch = await client.watch(`${projects}?watch=true${query}`);
  const seen = (): string[] =>
    watch.events.map(({ type, object }) => `${type} ${object.metadata.name}`);
  return {
    seen,
    async after(count) {
      await watch.until(count);
      return seen();
    },
    stop: () => watch.stop(),
  };
}

describe('the watch', () => {
  test('tells of projects that are shared and taken away, and of no others', async () => {
    await share('first', 'wanda');
    const { body } = await as('wanda', 'GET', projects);
    const watch = await watching('wanda', `&resourceVersion=${body.metadata.resourceVersion}`);
    await share('second', 'wanda');
    await watch.after(1);
    await api.patch('/api/v1/namespaces/third', { metadata: { labels: { x: 'y' } } });
    await api.patch('/api/v1/namespaces/second', { metadata: { labels: { x: 'y' } } });
    await watch.after(2);
    await api.delete(`${rbac}/namespaces/first/rolebindings/wanda-view`);
    await watch.after(3);
    await api.patch('/api/v1/namespaces/first', { metadata: { labels: { x: 'z' } } });
    await api.patch('/api/v1/namespaces/second', { metadata: { labels: { x: 'z' } } });
    expect(await watch.after(4)).toEqual([
      'ADDED second',
      'MODIFIED second',
      'DELETED first',
      'MODIFIED second',
    ]);
    watch.stop();
  });

  test('begins with what the user sees, and follows roles of the cluster', async () => {
    await share('third', 'walter');
    const watch = await watching('walter', '');
    expect(await watch.after(1)).toEqual(['ADDED third']);
    await api.post(`${rbac}/clusterrolebindings`, {
      metadata: { name: 'walter' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'User', name: 'walter' }],
    });
    await vi.waitFor(
      () => expect(watch.seen()).toEqual(expect.arrayContaining(['ADDED first', 'ADDED second'])),
      { timeout: 15_000, interval: 20 },
    );
    expect(watch.seen().filter((event) => event.endsWith(' third'))).toEqual(['ADDED third']);
    watch.stop();
  });

  test('a selector holds for what is shared too', async () => {
    await api.patch('/api/v1/namespaces/second', { metadata: { labels: { team: 'a' } } });
    const watch = await watching('selma', '&labelSelector=team%3Da');
    await share('first', 'selma');
    await share('second', 'selma');
    expect(await watch.after(1)).toEqual(['ADDED second']);
    watch.stop();
  });
});
