import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { EventController } from '#src/controllers/events/event-controller.ts';
import { eventTtlMs, removeExpired } from '#src/controllers/events/event-expiry.ts';
import { EventRecorder, type StreamEventObject } from '#src/controllers/events/event-recorder.ts';
import { identityOf } from '#src/controllers/streams.ts';
import { scheduleOf } from '#src/domain/schedule.ts';
import { failureEvents } from '#src/domain/stream-events.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { externalTag } from '#test/controllers/support/streams.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { importStream } from '#workers/import/stream-job.ts';
import { checkTags } from '#workers/schedule/check.ts';

import {
  answer,
  digestOf,
  failure,
  image,
  jobContext,
  periodMs,
  type Rig,
  startRig,
} from './support/rig.ts';

const from = 'registry.example/app:v1';
const scheduled = { importPolicy: { importMode: 'Legacy' as const, scheduled: true } };

let database: TestDatabase;
let rig: Rig;
let ending: AbortController;
let running: Promise<void>;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await database.stop();
});
beforeEach(async () => {
  rig = await startRig(await database.createDatabase());
  ending = new AbortController();
  // It tells of what is written from now on.
  const { objects } = rig.record;
  const recorder = new EventRecorder({ objects, clock: systemClock });
  const controller = new EventController({ objects, recorder, logger: silentLogger });
  await controller.begin();
  running = controller.run(ending.signal);
});
afterEach(async () => {
  ending.abort();
  await running;
  await rig[Symbol.asyncDispose]();
});

interface EventObject extends StreamEventObject {
  readonly reason: string;
  readonly message: string;
  readonly type: string;
}

async function events(): Promise<readonly EventObject[]> {
  const { items } = await rig.record.objects.list<EventObject>({ resource: 'events' });
  return items;
}

const shown = async (): Promise<string[]> =>
  (await events())
    .map(({ type, reason, message, count }) => `${type} ${reason} x${count}: ${message}`)
    .toSorted();

async function see(expected: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await shown()).toEqual(expected.toSorted()), 10_000);
}

async function pending(): Promise<ImageStream> {
  const stream = await rig.create('app', [externalTag('v1', from, scheduled)]);
  await rig.record.ledger.put([{ stream: identityOf(stream), tags: scheduleOf(stream, periodMs) }]);
  return stream;
}

async function check(): Promise<void> {
  const tags = [{ ...identityOf(await rig.get('app')), tag: 'v1' }];
  await rig.record.ledger.hasten(tags, 0);
  await rig.record.ledger.claimDue({ rows: 100, rowsPerHost: 100, probeRows: 1, claimMs: 1000 });
  await checkTags(rig.deps, { host: 'registry.example', tags }, jobContext);
}

const importedOne = `Normal Imported x1: Tag v1 imported registry.example/app@${digestOf('one')}`;

test('an import, a move by the schedule, a hold and a rollback are told of once each', async () => {
  rig.importer.images.set(from, image(from, 'one'));
  await importStream(rig.deps, rig.jobOf(await pending()), jobContext);
  await see([importedOne]);
  const [event] = await events();
  const stream = await rig.get('app');
  expect(event).toMatchObject({
    metadata: { name: expect.stringMatching(/^app\.[0-9a-f]{16}$/), namespace: 'test' },
    involvedObject: {
      kind: 'ImageStream',
      apiVersion: 'image.openshift.io/v1',
      namespace: 'test',
      name: 'app',
      uid: stream.metadata.uid,
      fieldPath: 'spec.tags{v1}',
    },
    source: { component: 'sluice' },
  });
  rig.importer.images.set(from, image(from, 'two'));
  rig.importer.checks.set(from, answer('changed', 'two'));
  await check();
  const moved = `Normal TagMoved x1: Tag v1 followed its source from ${digestOf('one')} to registry.example/app@${digestOf('two')}`;
  await see([importedOne, moved]);
  await rig.update('app', (before) => ({
    ...before,
    spec: {
      ...before.spec,
      tags: before.spec.tags!.map((tag) => ({
        ...tag,
        annotations: {
          'sluice.dev/rollback-to': digestOf('one'),
          'sluice.dev/rollback-at': '1',
          'sluice.dev/hold-until': 'released',
        },
      })),
    },
  }));
  await see([
    importedOne,
    moved,
    `Normal RolledBack x1: Tag v1 was rolled back by alice from ${digestOf('two')} to ${digestOf('one')}`,
    `Normal TagHeld x1: Tag v1 is held at ${digestOf('one')} until it is released`,
  ]);
});

test('a failure that repeats itself is one event that counts', async () => {
  rig.importer.images.set(from, failure('Unauthorized', 'you may not'));
  await importStream(rig.deps, rig.jobOf(await pending()), jobContext);
  const failed = 'Import of tag v1 failed: you may not';
  await see([`Warning ImportFailed x1: ${failed}`]);
  rig.importer.checks.set(from, {
    kind: 'failed',
    status: failure('Unauthorized', 'you may not').status,
    temporary: false,
  });
  const before = (await rig.get('app')).metadata.resourceVersion;
  await check();
  await check();
  await see([`Warning ImportFailed x1: ${failed}`]);
  const { objects } = rig.record;
  for (const minutes of [6, 7, 12]) {
    const now = Date.now() + minutes * 60_000;
    const recorder = new EventRecorder({ objects, clock: { ...systemClock, now: () => now } });
    const stream = await rig.get('app');
    await recorder.repeat(stream, failureEvents(stream, ['v1']));
  }
  await see([`Warning ImportFailed x3: ${failed}`]);
  expect((await rig.get('app')).metadata.resourceVersion).toBe(before);
  rig.importer.checks.set(from, answer('changed', 'one'));
  rig.importer.images.set(from, image(from, 'one'));
  await check();
  await see([
    `Warning ImportFailed x3: ${failed}`,
    `Normal TagMoved x1: Tag v1 followed its source to registry.example/app@${digestOf('one')}`,
  ]);
});

test('a check that finds nothing new writes nothing', async () => {
  rig.importer.images.set(from, image(from, 'one'));
  await importStream(rig.deps, rig.jobOf(await pending()), jobContext);
  await see([importedOne]);
  rig.importer.checks.set(from, answer('unchanged', 'one'));
  const before = await rig.record.objects.currentRevision();
  await check();
  expect(await rig.record.objects.currentRevision()).toBe(before);
});

test('the same write told twice is told once', async () => {
  rig.importer.images.set(from, image(from, 'one'));
  await importStream(rig.deps, rig.jobOf(await pending()), jobContext);
  await see([importedOne]);
  const { objects } = rig.record;
  const recorder = new EventRecorder({ objects, clock: systemClock });
  await recorder.record(await rig.get('app'), [
    {
      type: 'Normal',
      reason: 'Imported',
      tag: 'v1',
      message: `Tag v1 imported registry.example/app@${digestOf('one')}`,
    },
  ]);
  expect(await shown()).toEqual([importedOne]);
});

test('events are kept an hour after they were last seen, whoever wrote them', async () => {
  const { objects } = rig.record;
  const now = Date.parse('2026-01-01T12:00:00Z');
  const put = async (name: string, event: object): Promise<KubeObject> =>
    objects.create(
      { resource: 'events', namespace: 'test', name },
      {
        kind: 'Event',
        apiVersion: 'v1',
        metadata: { name, namespace: 'test', creationTimestamp: '2026-01-01T10:00:00Z' },
        ...event,
      },
    );
  await put('old', { lastTimestamp: '2026-01-01T10:59:59Z' });
  await put('again', { lastTimestamp: '2026-01-01T11:00:01Z' });
  await put('plain', {});
  await put('series', { series: { lastObservedTime: '2026-01-01T11:30:00.000000Z' } });
  await removeExpired(objects, now - eventTtlMs);
  expect((await events()).map(({ metadata }) => metadata.name)).toEqual(['again', 'series']);
});

test('nothing is told in a namespace that is going', async () => {
  const { objects } = rig.record;
  const key = { resource: 'namespaces', namespace: '', name: 'test' };
  const namespace = (await objects.get(key))!;
  await objects.update(key, {
    ...namespace,
    metadata: { ...namespace.metadata, deletionTimestamp: '2026-01-01T12:00:00Z' },
  });
  const recorder = new EventRecorder({ objects, clock: systemClock });
  const stream = { metadata: { name: 'app', namespace: 'test', uid: 'u', resourceVersion: '1' } };
  await recorder.record(stream as ImageStream, [
    { type: 'Normal', reason: 'Imported', tag: 'v1', message: 'x' },
  ]);
  expect(await events()).toEqual([]);
});
