import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { runControllers, type ControllersOptions } from '#src/controllers/controllers.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { ImportJob } from '#src/queue/jobs.ts';
import { openQueues, type Queues } from '#src/queue/queues.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import type { Key } from '#src/store/store.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

import { externalTag, failedTag, imageStream, streamKeyOf } from './support/streams.ts';

const periodMs = 600_000;
const deadline = { timeout: 15_000, interval: 20 };

let database: TestDatabase;
let record: RecordDatabase;
let queues: Queues;
let jobs: ImportJob[];
let running: { stop: AbortController; ended: Promise<void> }[];

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await database.stop();
});
beforeEach(async () => {
  const connection = await database.createDatabase();
  record = await openRecord({ connection, logger: silentLogger });
  queues = await openQueues({ place: { database: connection }, logger: silentLogger });
  jobs = [];
  running = [];
  queues.consumeImports(4, async (job) => {
    jobs.push(job);
  });
});
afterEach(async () => {
  for (const { stop } of running) stop.abort();
  await Promise.all(running.map(({ ended }) => ended));
  await queues.close(100);
  await record.close();
});

function start(): { stop: AbortController; ended: Promise<void> } {
  const { objects, ledger, mailbox, leader } = record;
  const options: ControllersOptions = {
    objects,
    ledger,
    mailbox,
    leader,
    imports: queues.imports,
    schedule: queues.schedule,
    clock: systemClock,
    logger: silentLogger,
    isAutomatic: true,
    periodMs,
    namespacedResources: ['configmaps', 'imagestreams.image.openshift.io', 'secrets'],
  };
  const stop = new AbortController();
  const one = { stop, ended: runControllers(options, stop.signal) };
  running.push(one);
  return one;
}

function create(stream: ImageStream): Promise<ImageStream> {
  return record.objects.create(streamKeyOf(stream), stream);
}

function jobsOf(name: string): ImportJob[] {
  return jobs.filter((job) => job.kind === 'stream' && job.stream.name === name);
}

describe('imports', () => {
  test('a stream with a new tag is queued once, by the version that asks for it', async () => {
    start();
    await create(imageStream('app', [externalTag('v1', 'registry.example/app:v1')]));
    await vi.waitFor(() => expect(jobsOf('app')).toHaveLength(1), deadline);
    expect(jobsOf('app')).toEqual([
      {
        kind: 'stream',
        stream: { namespace: 'test', name: 'app', uid: 'uid-app', generation: 1 },
      },
    ]);
  });

  test('what was pending before the start is queued at the start', async () => {
    await create(imageStream('early', [externalTag('v1', 'registry.example/app:v1')]));
    start();
    await vi.waitFor(() => expect(jobsOf('early')).toHaveLength(1), deadline);
  });

  test('reference tags, tags without source and imported tags are left alone', async () => {
    start();
    await create(
      imageStream('idle', [
        externalTag('r', 'registry.example/app:r', { reference: true }),
        externalTag('i', 'other:tag', { from: { kind: 'ImageStreamTag', name: 'other:tag' } }),
      ]),
    );
    await create(
      imageStream('done', [externalTag('v1', 'registry.example/app:v1')], {
        imported: true,
        status: { dockerImageRepository: '', tags: [failedTag('v1', 'NotFound')] },
      }),
    );
    await create(imageStream('last', [externalTag('v1', 'registry.example/app:v1')]));
    await vi.waitFor(() => expect(jobsOf('last')).toHaveLength(1), deadline);
    expect(jobs).toHaveLength(1);
  });

  test('a newer intent is queued again', async () => {
    start();
    const stream = await create(imageStream('app', [externalTag('v1', 'registry.example/a:v1')]));
    await vi.waitFor(() => expect(jobsOf('app')).toHaveLength(1), deadline);
    await record.objects.update(streamKeyOf(stream), {
      ...stream,
      metadata: { ...stream.metadata, generation: 2 },
      spec: {
        ...stream.spec,
        tags: [externalTag('v1', 'registry.example/a:v2', { generation: 2 })],
      },
    });
    await vi.waitFor(() => expect(jobsOf('app')).toHaveLength(2), deadline);
    expect(jobsOf('app')[1]).toMatchObject({ stream: { generation: 2 } });
  });

  test('a tag whose registry failed a moment ago is tried again after a restart', async () => {
    const now = new Date().toISOString();
    await create(
      imageStream('flaky', [externalTag('v1', 'registry.example/a:v1')], {
        imported: true,
        status: { dockerImageRepository: '', tags: [failedTag('v1', 'InternalError', now)] },
      }),
    );
    await create(
      imageStream('old', [externalTag('v1', 'registry.example/a:v1')], {
        imported: true,
        status: { dockerImageRepository: '', tags: [failedTag('v1', 'InternalError')] },
      }),
    );
    start();
    await vi.waitFor(() => expect(jobsOf('flaky')).toHaveLength(1), deadline);
    expect(jobsOf('flaky')[0]).toMatchObject({ stream: { tags: ['v1'], attempt: 1 } });
    expect(jobsOf('old')).toEqual([]);
  });
});

describe('pull secrets', () => {
  const pullSecret = {
    kind: 'Secret',
    metadata: { name: 'pull', namespace: 'test', uid: 's' },
    type: 'kubernetes.io/dockerconfigjson',
  };

  test('a changed one asks again for the unauthorised tags of its namespace only', async () => {
    const failed = [failedTag('denied', 'Unauthorized'), failedTag('missing', 'NotFound')];
    const tags = ['denied', 'missing'].map((tag) => externalTag(tag, `registry.example/a:${tag}`));
    const status = { dockerImageRepository: '', tags: failed };
    await create(imageStream('here', tags, { imported: true, status }));
    await create(imageStream('there', tags, { imported: true, status, namespace: 'other' }));
    start();
    await vi.waitFor(async () => expect(await queues.schedule.isTicking()).toBe(true), deadline);
    await record.objects.create({ resource: 'secrets', namespace: 'test', name: 'opaque' }, {
      kind: 'Secret',
      metadata: { name: 'opaque', namespace: 'test' },
      type: 'Opaque',
    } as KubeObject);
    await record.objects.create(
      { resource: 'secrets', namespace: 'test', name: 'pull' },
      pullSecret,
    );
    await vi.waitFor(() => expect(jobs).toHaveLength(1), deadline);
    expect(jobs[0]).toMatchObject({ stream: { name: 'here', tags: ['denied'] } });
  });

  test('one that was written while no controller ran is noticed at the start', async () => {
    const status = { dockerImageRepository: '', tags: [failedTag('v1', 'Unauthorized')] };
    const tags = [externalTag('v1', 'registry.example/a:v1')];
    await create(imageStream('before', tags, { imported: true, status }));
    await record.objects.create(
      { resource: 'secrets', namespace: 'test', name: 'pull' },
      pullSecret,
    );
    await create(imageStream('after', tags, { imported: true, status }));
    start();
    await vi.waitFor(() => expect(jobs).toHaveLength(1), deadline);
    expect(jobs[0]).toMatchObject({ stream: { name: 'before' } });
  });
});

describe('schedule', () => {
  const scheduled = { importPolicy: { importMode: 'Legacy' as const, scheduled: true } };

  test('scheduled tags stand in the ledger as long as they are scheduled', async () => {
    const before = await create(
      imageStream('before', [externalTag('v1', 'registry.example/a:v1', scheduled)]),
    );
    start();
    await create(
      imageStream('app', [
        externalTag('moves', 'registry.example/a:v1', scheduled),
        externalTag('stays', 'registry.example/a:v2'),
      ]),
    );
    await vi.waitFor(async () => {
      expect(await record.ledger.ofStream('test', 'app')).toMatchObject([
        { tag: 'moves', from: 'registry.example/a:v1', repository: 'registry.example/a', periodMs },
      ]);
      expect(await record.ledger.ofStream('test', 'before')).toHaveLength(1);
    }, deadline);
    await record.objects.delete(streamKeyOf(before));
    const app = (await record.objects.get<ImageStream>(streamKeyOf(imageStream('app', []))))!;
    await record.objects.update(streamKeyOf(app), {
      ...app,
      spec: { ...app.spec, tags: [externalTag('moves', 'registry.example/a:v1')] },
    });
    await vi.waitFor(async () => {
      expect(await record.ledger.ofStream('test', 'before')).toEqual([]);
      expect(await record.ledger.ofStream('test', 'app')).toEqual([]);
    }, deadline);
  });

  test('an annotation of a namespace changes the periods of its streams, and lifts them again', async () => {
    const key = { resource: 'namespaces', namespace: '', name: 'test' };
    const made = await record.objects.create(key, annotatedNamespace({}));
    start();
    await create(imageStream('app', [externalTag('v1', 'registry.example/a:v1', scheduled)]));
    const period = (ms: number): Promise<void> =>
      vi.waitFor(async () => {
        const rows = await record.ledger.ofStream('test', 'app');
        expect(rows.map((row) => row.periodMs)).toEqual([ms]);
      }, deadline);
    await period(periodMs);
    const slow = annotatedNamespace({ 'sluice.dev/check-interval': '1h' });
    const { resourceVersion = '' } = made.metadata;
    const updated = await record.objects.update(key, {
      ...slow,
      metadata: { ...slow.metadata, resourceVersion },
    });
    await period(3_600_000);
    await record.objects.update(key, {
      ...updated,
      metadata: { ...updated.metadata, annotations: {} },
    });
    await period(periodMs);
  });
});

function annotatedNamespace(annotations: Record<string, string>): KubeObject {
  return { kind: 'Namespace', metadata: { name: 'test', annotations } };
}

function terminating(name: string, finalizers: string[]): KubeObject {
  return {
    kind: 'Namespace',
    metadata: { name, uid: name, deletionTimestamp: '2026-01-01T00:00:00Z' },
    spec: { finalizers },
  } as KubeObject;
}

function namespaceKey(name: string): Key {
  return { resource: 'namespaces', namespace: '', name };
}

describe('namespaces', () => {
  test('one that is being deleted is emptied and then goes', async () => {
    await create(imageStream('app', [], { namespace: 'gone' }));
    await create(imageStream('app', [], { namespace: 'kept' }));
    await record.objects.create(namespaceKey('gone'), terminating('gone', ['kubernetes']));
    start();
    await vi.waitFor(async () => {
      expect(await record.objects.get(namespaceKey('gone'))).toBeUndefined();
    }, deadline);
    const left = await record.objects.list({ resource: 'imagestreams.image.openshift.io' });
    expect(left.items.map(({ metadata }) => metadata.namespace)).toEqual(['kept']);
  });

  test('what has finalizers holds it until they are removed', async () => {
    const key = { resource: 'configmaps', namespace: 'held', name: 'cm' };
    await record.objects.create(key, {
      metadata: { name: 'cm', namespace: 'held', finalizers: ['example.com/hold'] },
    });
    await record.objects.create(namespaceKey('held'), terminating('held', ['kubernetes']));
    start();
    await vi.waitFor(async () => {
      const marked = await record.objects.get(key);
      expect(marked?.metadata.deletionTimestamp).toBeDefined();
    }, deadline);
    expect(await record.objects.get(namespaceKey('held'))).toBeDefined();
    const marked = (await record.objects.get(key))!;
    await record.objects.update(key, {
      ...marked,
      metadata: { ...marked.metadata, finalizers: [] },
    });
    await vi.waitFor(async () => {
      expect(await record.objects.get(namespaceKey('held'))).toBeUndefined();
    }, deadline);
  });

  test("another controller's finalizer stays", async () => {
    await record.objects.create(
      namespaceKey('two'),
      terminating('two', ['kubernetes', 'example.com/hold']),
    );
    start();
    await vi.waitFor(async () => {
      expect(await record.objects.get(namespaceKey('two'))).toMatchObject({
        spec: { finalizers: ['example.com/hold'] },
      });
    }, deadline);
  });
});

describe('several copies', () => {
  test('one leads, and another takes over when it ends', async () => {
    const first = start();
    await create(imageStream('one', [externalTag('v1', 'registry.example/a:v1')]));
    await vi.waitFor(() => expect(jobsOf('one')).toHaveLength(1), deadline);
    start();
    first.stop.abort();
    await first.ended;
    await create(imageStream('two', [externalTag('v1', 'registry.example/a:v1')]));
    await vi.waitFor(() => expect(jobsOf('two')).toHaveLength(1), deadline);
  });
});
