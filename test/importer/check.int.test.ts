import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PushTarget } from '#fixtures/push.ts';
import { appImage, recordedImages } from '#fixtures/recorded.ts';
import type { CheckItem, Importer } from '#src/importer/importer.ts';
import { startCountingProxy, type CountingProxy } from '#test/support/counting-proxy.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';
import { contextWith, pullSecret, testImporter } from './support.ts';

let registry: Registry;
let proxy: CountingProxy;
let importer: Importer;
const first = recordedImages().named['mov1']!;

beforeAll(async () => {
  registry = await startRegistry();
  proxy = await startCountingProxy(registry.url);
  importer = testImporter();
});

beforeEach(async () => {
  await new PushTarget(registry.url).pushImage('acme/moving', ['latest', 'other'], first);
  proxy.reset();
});

afterAll(async () => {
  await importer.close();
  await proxy[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

function item(tag: string, known?: string): CheckItem {
  return {
    from: `${proxy.host}/acme/moving:${tag}`,
    importPolicy: { insecure: true, scheduled: true },
    ...(known === undefined ? {} : { known }),
  };
}

const heads = (tag: string): number => proxy.count('HEAD', new RegExp(`/manifests/${tag}$`));
const manifestGets = (): number => proxy.count('GET', /\/manifests\//);

test('an unchanged tag costs one HEAD and nothing is fetched', async () => {
  const context = contextWith([]);
  await importer.check([item('latest', first.digest)], context);
  proxy.reset();
  const outcomes = await importer.check([item('latest', first.digest)], contextWith([]));
  expect(outcomes).toMatchObject([
    { kind: 'unchanged', digest: first.digest, credentialSource: 'anonymous' },
  ]);
  expect(heads('latest')).toBe(1);
  expect(manifestGets()).toBe(0);
});

test('a tag that moved is changed, and so is one that was never seen', async () => {
  const moved = appImage('moved');
  await new PushTarget(registry.url).pushImage('acme/moving', ['latest'], moved);
  expect(
    await importer.check([item('latest', first.digest), item('other')], contextWith([])),
  ).toMatchObject([
    { kind: 'changed', digest: moved.digest, credentialSource: 'anonymous' },
    { kind: 'changed', digest: first.digest, credentialSource: 'anonymous' },
  ]);
});

describe('equal items share an answer', () => {
  test('of one call, whatever each of them knows', async () => {
    const items = [item('latest', first.digest), item('latest'), item('latest', first.digest)];
    const outcomes = await importer.check(items, contextWith([]));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['unchanged', 'changed', 'unchanged']);
    expect(heads('latest')).toBe(1);
  });

  test('of all calls under one signal: the namespaces of one round', async () => {
    const round = contextWith([]);
    await importer.check([item('latest', first.digest)], round);
    await importer.check([item('latest', first.digest), item('other')], { ...round });
    expect([heads('latest'), heads('other')]).toEqual([1, 1]);
  });

  test('however the registry is spelled', async () => {
    const round = contextWith([]);
    const port = proxy.host.split(':')[1]!;
    for (const name of ['localhost', 'LOCALHOST'])
      await importer.check(
        [{ ...item('latest'), from: `${name}:${port}/acme/moving:latest` }],
        round,
      );
    expect(heads('latest')).toBe(1);
  });

  test('but not those of other credentials, nor of another round', async () => {
    const round = contextWith([]);
    const secret = pullSecret('pull', proxy.host, 'alice', 'secret');
    await importer.check([item('latest')], round);
    await importer.check([item('latest')], { ...round, secrets: [secret] });
    await importer.check([item('latest')], contextWith([]));
    expect(heads('latest')).toBe(3);
  });
});

test('a tag that vanished is not found, for good', async () => {
  expect(await importer.check([item('nosuch', first.digest)], contextWith([]))).toMatchObject([
    {
      kind: 'failed',
      temporary: false,
      status: {
        code: 404,
        message: `dockerimage.image.openshift.io "${proxy.host}/acme/moving:nosuch" not found`,
      },
    },
  ]);
});

test('a registry that asks for a pause says nothing of the tag, and gets it', async () => {
  proxy.reset();
  proxy.inject({
    path: /manifests/,
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '60' } },
  });
  // A client leaves such a registry alone for that long, so this one is not used again.
  const own = testImporter();
  expect(await own.check([item('latest')], contextWith([]))).toEqual([{ kind: 'postponed' }]);
  const asked = heads('latest');
  expect(await own.check([item('latest')], contextWith([]))).toEqual([{ kind: 'postponed' }]);
  expect(heads('latest')).toBe(asked);
  await own.close();
});

test('one bad item leaves the others alone', async () => {
  const bad = { from: 'NOT a reference', importPolicy: {} };
  const outcomes = await importer.check([bad, item('latest', first.digest)], contextWith([]));
  expect(outcomes.map(({ kind }) => kind)).toEqual(['failed', 'unchanged']);
});
