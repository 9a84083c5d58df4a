import {
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { type Harness, startHarness, widgetsPath } from './support/harness.ts';
import { createNamespace, freshName, widget } from './support/objects.ts';

let api: Harness;
let config: KubeConfig;

beforeAll(async () => {
  api = await startHarness();
  config = new KubeConfig();
  config.loadFromFile(api.kubeconfig);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

interface Widget extends KubernetesObject {
  spec: { size?: number };
}

describe('@kubernetes/client-node', () => {
  test('creates, reads, patches, lists and deletes objects of any kind', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const name = freshName();
    const created = await objects.create<Widget>({
      ...widget({ name, spec: { size: 1 } }),
      metadata: { name, namespace: 'test' },
    });
    expect(created.spec.size).toBe(1);
    const patched = await objects.patch<Widget>(
      { ...created, metadata: { name, namespace: 'test' }, spec: { size: 2 } },
      undefined,
      undefined,
      undefined,
      undefined,
      PatchStrategy.MergePatch,
    );
    expect(patched.spec.size).toBe(2);
    const list = await objects.list<Widget>('example.dev/v1', 'Widget', 'test');
    expect(list.items.map(({ metadata }) => metadata?.name)).toContain(name);
    await objects.delete(created);
    await expect(
      objects.read({ ...created, metadata: { name, namespace: 'test' } }),
    ).rejects.toThrow('not found');
  });

  test('keeps a cache by watching, also after the connection was cut', async () => {
    const path = await createNamespace(api);
    const namespace = path.split('/').at(-2)!;
    await api.request('POST', path, { body: widget({ name: 'a' }) });
    const objects = KubernetesObjectApi.makeApiClient(config);
    const seen: string[] = [];
    const informer = makeInformer<Widget>(config, path, () =>
      objects.list<Widget>('example.dev/v1', 'Widget', namespace),
    );
    for (const event of ['add', 'update', 'delete'] as const)
      informer.on(event, ({ metadata }) => {
        seen.push(`${event} ${metadata?.name}`);
      });
    await informer.start();
    await api.request('POST', path, { body: widget({ name: 'b' }) });
    await vi.waitFor(() => expect(seen).toContain('add b'), 10_000);
    await api.request('PATCH', `${path}/b`, {
      body: { spec: { size: 1 } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    await api.request('DELETE', `${path}/a`);
    await vi.waitFor(() => expect(seen).toContain('delete a'), 10_000);
    await informer.stop();
    expect(seen).toEqual(['add a', 'add b', 'update b', 'delete a']);
  });

  test('frees the watch when the client goes away', async () => {
    const watch = new Watch(config);
    const events: string[] = [];
    const controller = await watch.watch(
      widgetsPath,
      {},
      (type) => events.push(type),
      () => undefined,
    );
    await api.request('POST', widgetsPath, { body: widget() });
    await vi.waitFor(() => expect(events).toContain('ADDED'), 10_000);
    controller.abort();
  });
});

describe('a kubectl that streams its lists', () => {
  test('waits with one watch that begins with what is there', async () => {
    const name = freshName();
    await api.request('POST', widgetsPath, { body: widget({ name }) });
    const waiting = api.kubectl(
      ['wait', 'wd', name, '--for=jsonpath={.spec.size}=7', '--timeout=20s'],
      undefined,
      { KUBE_FEATURE_WatchListClient: 'true' },
    );
    await api.request('PATCH', `${widgetsPath}/${name}`, {
      body: { spec: { size: 7 } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(await waiting).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('too many requests at once', () => {
  test('are turned away with a time to come back, and kubectl does', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await using own = await startHarness({
      inFlight: { reading: 1, writing: 1, patienceMs: 50 },
      pathHandlers: [
        async ({ path }) => {
          if (path !== '/slow') return undefined;
          await held;
          return { status: 200, headers: {}, body: 'done' };
        },
      ],
    });
    const slow = own.request('GET', '/slow');
    await vi.waitFor(async () => {
      expect((await own.request('GET', widgetsPath)).status).toBe(429);
    }, 10_000);
    const refused = await own.request('GET', widgetsPath);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.json.reason).toBe('TooManyRequests');
    expect((await own.request('GET', '/livez')).status).toBe(200);
    const patient = own.kubectl(['get', 'wd']);
    release();
    expect((await slow).text).toBe('done');
    expect(await patient).toMatchObject({ exitCode: 0 });
  });
});
