import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { Informer } from '#src/controllers/informer.ts';
import { defaultedResources, NamespaceDefaults } from '#src/controllers/namespace-defaults.ts';
import { clusterRolesRange, RoleAggregation } from '#src/controllers/role-aggregation.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import type { Binding, ClusterRole, PolicyRule } from '#src/meta/rbac/types.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import type { Key, Range } from '#src/store/store.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

const deadline = { timeout: 15_000, interval: 20 };

let database: TestDatabase;
let record: RecordDatabase;
let stop: AbortController;
let running: Promise<void>[];

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await database.stop();
});
beforeEach(async () => {
  record = await openRecord({
    connection: await database.createDatabase(),
    logger: silentLogger,
  });
  stop = new AbortController();
  running = [];
});
afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await Promise.all(running);
  await record.close();
});

function run(range: Range, listener: object): void {
  const informer = new Informer({
    objects: record.objects,
    range,
    listener: listener as ConstructorParameters<typeof Informer>[0]['listener'],
    clock: systemClock,
    logger: silentLogger,
  });
  running.push(informer.run(stop.signal));
}

function keyOf(name: string): Key {
  return { ...clusterRolesRange, namespace: '', name };
}

async function rulesOf(name: string): Promise<unknown> {
  return (await record.objects.get<ClusterRole>(keyOf(name)))?.rules;
}

function rule(resource: string): PolicyRule {
  return { verbs: ['get'], apiGroups: [''], resources: [resource] };
}

describe('roles of roles', () => {
  test('follow the roles they are made of', async () => {
    const source: ClusterRole = {
      metadata: { name: 'source', labels: { 'to-made': 'true' } },
      rules: [rule('pods')],
    };
    await record.objects.create<ClusterRole>(keyOf('made'), {
      metadata: { name: 'made' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'to-made': 'true' } }] },
    });
    run(clusterRolesRange, new RoleAggregation(record.objects));
    const created = await record.objects.create(keyOf('source'), source);
    await vi.waitFor(async () => expect(await rulesOf('made')).toEqual([rule('pods')]), deadline);
    await record.objects.update(keyOf('source'), { ...created, rules: [rule('secrets')] });
    await vi.waitFor(
      async () => expect(await rulesOf('made')).toEqual([rule('secrets')]),
      deadline,
    );
    await record.objects.delete(keyOf('source'));
    await vi.waitFor(async () => expect(await rulesOf('made')).toEqual([]), deadline);
  });
});

const [accounts = '', bindings = ''] = defaultedResources;

function namespaceKey(name: string): Key {
  return { resource: 'namespaces', namespace: '', name };
}

function puller(namespace: string): Key {
  return { resource: bindings, namespace, name: 'system:image-pullers' };
}

async function namesIn(namespace: string): Promise<string[]> {
  const lists = await Promise.all(
    defaultedResources.map((resource) => record.objects.list({ resource, namespace })),
  );
  return lists.flatMap(({ items }) => items.map(({ metadata }) => metadata.name ?? ''));
}

function createNamespace(name: string, metadata: KubeObject['metadata'] = {}): Promise<object> {
  return record.objects.create(namespaceKey(name), { metadata: { name, ...metadata } });
}

function start(): void {
  const defaults = new NamespaceDefaults(record.objects, systemClock);
  run({ resource: 'namespaces' }, defaults.namespaces);
  for (const resource of defaultedResources) run({ resource }, defaults.deletions(resource));
}

describe('what every namespace has', () => {
  const everything = ['builder', 'default', 'system:image-builders', 'system:image-pullers'];

  test('is made for new namespaces and for those from before', async () => {
    await createNamespace('old');
    await record.objects.create(
      { resource: accounts, namespace: 'old', name: 'default' },
      { metadata: { name: 'default', namespace: 'old', labels: { own: 'yes' } } },
    );
    start();
    await createNamespace('new');
    for (const namespace of ['old', 'new'])
      await vi.waitFor(async () => expect(await namesIn(namespace)).toEqual(everything), deadline);
    const own = await record.objects.get({ resource: accounts, namespace: 'old', name: 'default' });
    expect(own?.metadata.labels).toEqual({ own: 'yes' });
    expect((await record.objects.get<Binding>(puller('new')))?.subjects).toEqual([
      {
        kind: 'Group',
        apiGroup: 'rbac.authorization.k8s.io',
        name: 'system:serviceaccounts:new',
      },
    ]);
  });

  test('comes back when it is deleted, and stays as it is when it is emptied', async () => {
    start();
    await createNamespace('demo');
    await vi.waitFor(async () => expect(await namesIn('demo')).toEqual(everything), deadline);
    const binding = await record.objects.get<Binding>(puller('demo'));
    await record.objects.update(puller('demo'), { ...binding!, subjects: [] });
    await record.objects.delete({ resource: accounts, namespace: 'demo', name: 'builder' });
    await vi.waitFor(async () => expect(await namesIn('demo')).toEqual(everything), deadline);
    expect((await record.objects.get<Binding>(puller('demo')))?.subjects).toEqual([]);
    await record.objects.delete(puller('demo'));
    await vi.waitFor(
      async () =>
        expect((await record.objects.get<Binding>(puller('demo')))?.subjects).toHaveLength(1),
      deadline,
    );
  });

  test('is not made in a namespace that is being removed', async () => {
    await createNamespace('going', { deletionTimestamp: '2026-01-01T00:00:00Z' });
    start();
    await createNamespace('staying');
    await vi.waitFor(async () => expect(await namesIn('staying')).toEqual(everything), deadline);
    expect(await namesIn('going')).toEqual([]);
  });
});
