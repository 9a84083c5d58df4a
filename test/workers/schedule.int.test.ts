import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { identityOf } from '#src/controllers/streams.ts';
import { streamNeedsImport } from '#src/domain/import-plan.ts';
import { scheduleOf } from '#src/domain/schedule.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { CheckJob } from '#src/queue/jobs.ts';
import type { LedgerKey, LedgerRow } from '#src/store/ledger.ts';
import { externalTag } from '#test/controllers/support/streams.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { importStream } from '#workers/import/stream-job.ts';
import { checkTags } from '#workers/schedule/check.ts';
import { checksOf, tick } from '#workers/schedule/tick.ts';

import {
  answer,
  digestOf,
  failure,
  image,
  jobContext,
  periodMs,
  startRig,
  type Rig,
} from './support/rig.ts';

const from = 'registry.example/app:v1';
const scheduled = { importPolicy: { importMode: 'Legacy' as const, scheduled: true } };

let database: TestDatabase;
let rig: Rig;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await database.stop();
});
beforeEach(async () => {
  rig = await startRig(await database.createDatabase());
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

/** A stream with a scheduled tag that was imported once. */
async function imported(name = 'app', content = 'one'): Promise<ImageStream> {
  rig.importer.images.set(from, image(from, content));
  rig.importer.checks.set(from, answer('unchanged', content));
  const pending = await rig.create(name, [externalTag('v1', from, scheduled)]);
  await rig.record.ledger.put([
    { stream: identityOf(pending), tags: scheduleOf(pending, periodMs) },
  ]);
  await importStream(rig.deps, rig.jobOf(pending), jobContext);
  rig.importer.asked.length = 0;
  rig.counted.length = 0;
  return rig.get(name);
}

async function makeDue(tags: readonly LedgerKey[]): Promise<void> {
  await rig.record.ledger.hasten(tags, 0);
  await rig.record.ledger.claimDue({ rows: 100, rowsPerHost: 100, probeRows: 1, claimMs: 1000 });
}

async function check(name = 'app', tag = 'v1'): Promise<LedgerRow | undefined> {
  const { metadata } = await rig.get(name);
  const tags = [{ namespace: 'test', name, uid: metadata.uid!, tag }];
  await makeDue(tags);
  await checkTags(rig.deps, { host: 'registry.example', tags }, jobContext);
  return (await rig.record.ledger.ofStream('test', name))[0];
}

function items(stream: ImageStream): string[] {
  return (stream.status.tags?.[0]?.items ?? []).map((item) => item.image);
}

/** Every tag of a stream with these annotations and no others. */
function annotated(
  annotations: Record<string, string> | null,
): (stream: ImageStream) => ImageStream {
  return (stream) => ({
    ...stream,
    spec: { ...stream.spec, tags: stream.spec.tags!.map((tag) => ({ ...tag, annotations })) },
  });
}

describe('a hold', () => {
  const held = { 'sluice.dev/hold-until': 'released' };

  test('keeps the tag where it is, and the schedule notes what upstream has', async () => {
    await imported();
    await rig.update('app', annotated(held));
    rig.importer.images.set(from, image(from, 'two'));
    rig.importer.checks.set(from, answer('changed', 'two'));
    expect(await check()).toMatchObject({ digest: digestOf('one'), seen: digestOf('two') });
    expect(items(await rig.get('app'))).toEqual([digestOf('one')]);
    await rig.update('app', annotated(null));
    const row = await check();
    expect(row).toMatchObject({ digest: digestOf('two') });
    expect(row).not.toHaveProperty('seen');
    expect(items(await rig.get('app'))).toEqual([digestOf('two'), digestOf('one')]);
    expect((await rig.get('app')).status.tags![0]!.items).toMatchObject([
      { cause: 'schedule' },
      { cause: 'import' },
    ]);
  });

  test('of a rolled-back tag ends with a release, though upstream is as it was', async () => {
    await imported();
    rig.importer.images.set(from, image(from, 'two'));
    rig.importer.checks.set(from, answer('changed', 'two'));
    await check();
    rig.importer.checks.set(from, answer('unchanged', 'two'));
    const back = { 'sluice.dev/rollback-to': digestOf('one'), 'sluice.dev/rollback-at': 'now' };
    await rig.update('app', annotated({ ...back, ...held }));
    await check();
    const rolledBack = await rig.get('app');
    expect(items(rolledBack)).toEqual([digestOf('one'), digestOf('two'), digestOf('one')]);
    expect(rolledBack.status.tags![0]!.items![0]).toMatchObject({ cause: 'rollback', by: 'alice' });
    await rig.update('app', annotated(back));
    await check();
    expect(items(await rig.get('app'))[0]).toBe(digestOf('two'));
  });

  test('until newer lets through what is neither the old image nor the bad one', async () => {
    await imported();
    await rig.update('app', annotated({ ...held, 'sluice.dev/hold-digest': digestOf('two') }));
    rig.importer.checks.set(from, answer('changed', 'two'));
    await check();
    expect(items(await rig.get('app'))).toEqual([digestOf('one')]);
    rig.importer.images.set(from, image(from, 'three'));
    rig.importer.checks.set(from, answer('changed', 'three'));
    await check();
    expect(items(await rig.get('app'))).toEqual([digestOf('three'), digestOf('one')]);
  });
});

describe('a tag on hold whose check failed', () => {
  const held = { 'sluice.dev/hold-until': 'released' };

  test('loses the failure when the registry answers again, and stays where it is', async () => {
    await imported();
    await rig.update('app', annotated(held));
    const { status } = failure('InternalError', 'busy');
    rig.importer.checks.set(from, { kind: 'failed', status, temporary: false });
    await check();
    expect((await rig.get('app')).status.tags?.[0]?.conditions).toMatchObject([
      { message: 'busy' },
    ]);
    rig.importer.images.set(from, image(from, 'two'));
    rig.importer.checks.set(from, answer('changed', 'two'));
    expect(await check()).toMatchObject({ seen: digestOf('two'), failures: 0 });
    const well = await rig.get('app');
    expect(well.status.tags?.[0]).not.toHaveProperty('conditions');
    expect(items(well)).toEqual([digestOf('one')]);
    expect(well.status.tags?.[0]?.items?.[0]).toMatchObject({ cause: 'import' });
    // Nothing waits for an import, which would move the tag.
    expect(streamNeedsImport(well)).toBe(false);
    const revision = await rig.record.objects.currentRevision();
    await check();
    expect(await rig.record.objects.currentRevision()).toBe(revision);
    await rig.update('app', annotated(null));
    await check();
    expect(items(await rig.get('app'))).toEqual([digestOf('two'), digestOf('one')]);
  });

  test('keeps it while it has no image that it could stay at', async () => {
    const { status } = failure('NotFound', 'gone');
    rig.importer.images.set(from, failure('NotFound', 'gone'));
    const pending = await rig.create('app', [
      externalTag('v1', from, { ...scheduled, annotations: held }),
    ]);
    await rig.record.ledger.put([
      { stream: identityOf(pending), tags: scheduleOf(pending, periodMs) },
    ]);
    await importStream(rig.deps, rig.jobOf(pending), jobContext);
    rig.importer.checks.set(from, answer('changed', 'two'));
    await check();
    expect((await rig.get('app')).status.tags?.[0]?.conditions).toMatchObject([
      { message: status.message },
    ]);
  });
});

describe('the secret', () => {
  const pull = { secret: 'test/pull', registry: 'registry.example' };
  const named = { secret: 'pull', registry: 'registry.example' };

  test('that opened the registry is noted with the check and with the entry that an import made', async () => {
    await imported();
    rig.importer.checks.set(from, { ...answer('unchanged', 'one'), credentialSource: pull });
    expect(await check()).toMatchObject({ access: { kind: 'secret', secrets: [named] } });
    rig.importer.checks.set(from, { ...answer('changed', 'two'), credentialSource: pull });
    rig.importer.images.set(from, { ...image(from, 'two'), credentialSource: pull });
    await check();
    expect((await rig.get('app')).status.tags![0]!.items).toMatchObject([{ secret: 'pull' }, {}]);
    rig.importer.checks.set(from, { ...answer('unchanged', 'two'), credentialSource: 'anonymous' });
    expect(await check()).toMatchObject({ access: { kind: 'anonymous', secrets: [] } });
  });

  test('that the registry refused is noted too, and forgotten where there was no answer', async () => {
    await imported();
    const { status } = failure('Unauthorized', 'no');
    const refused = { kind: 'failed', status, temporary: false } as const;
    rig.importer.checks.set(from, { ...refused, credentialsRefused: [pull] });
    expect(await check()).toMatchObject({ access: { kind: 'refused', secrets: [named] } });
    rig.importer.checks.set(from, refused);
    expect(await check()).not.toHaveProperty('access');
  });
});

describe('a check', () => {
  test('of a tag that did not move costs one question and no write', async () => {
    await imported();
    const revision = await rig.record.objects.currentRevision();
    const row = await check();
    expect(rig.importer.checked).toMatchObject([{ from, known: digestOf('one') }]);
    expect(rig.importer.asked).toEqual([]);
    expect(await rig.record.objects.currentRevision()).toBe(revision);
    expect(row).toMatchObject({ digest: digestOf('one'), failures: 0 });
    expect(rig.counted).toEqual(['registry.example check unchanged']);
  });

  test('of a tag that moved imports it as one entry of its history', async () => {
    await imported();
    rig.importer.images.set(from, image(from, 'two'));
    rig.importer.checks.set(from, answer('changed', 'two'));
    const row = await check();
    expect(items(await rig.get('app'))).toEqual([digestOf('two'), digestOf('one')]);
    expect(row).toMatchObject({ digest: digestOf('two') });
    await check();
    expect(items(await rig.get('app'))).toEqual([digestOf('two'), digestOf('one')]);
    expect((await rig.get('app')).spec.tags?.[0]?.importPolicy.scheduled).toBe(true);
  });

  test('that fails is recorded once and keeps the image', async () => {
    await imported();
    const { status } = failure('InternalError', 'busy');
    rig.importer.checks.set(from, { kind: 'failed', status, temporary: false });
    const row = await check();
    const failed = await rig.get('app');
    expect(items(failed)).toEqual([digestOf('one')]);
    expect(failed.status.tags?.[0]?.conditions).toMatchObject([{ message: 'busy' }]);
    expect(row).toMatchObject({ failures: 1, failure: 'InternalError: busy' });
    expect(await check()).toMatchObject({ failures: 2 });
    expect(await rig.get('app')).toEqual(failed);
    expect(rig.importer.asked).toEqual([]);
  });

  test('after a failure clears the condition, although the image is the same', async () => {
    await imported();
    const { status } = failure('InternalError', 'busy');
    rig.importer.checks.set(from, { kind: 'failed', status, temporary: false });
    await check();
    rig.importer.checks.set(from, answer('unchanged', 'one'));
    const row = await check();
    const healed = await rig.get('app');
    expect(healed.status.tags?.[0]).not.toHaveProperty('conditions');
    expect(items(healed)).toEqual([digestOf('one')]);
    expect(row).toMatchObject({ failures: 0 });
    expect(row).not.toHaveProperty('failure');
  });

  test('that failed for a while is made again before its next turn', async () => {
    await imported();
    const { status } = failure('InternalError', 'busy');
    const before = Date.now();
    const outcome = { kind: 'failed', status, temporary: true, retryAfterMs: 20_000 } as const;
    rig.importer.checks.set(from, outcome);
    const row = await check();
    expect(row!.dueAt).toBeGreaterThanOrEqual(before + 20_000);
    expect(row!.dueAt).toBeLessThan(before + 30_000);
    expect(rig.queued).toEqual([]);
  });

  test('of a tag that is scheduled no more, or of a stream that is gone, asks nothing', async () => {
    const stream = await imported();
    await rig.update('app', (current) => ({
      ...current,
      spec: { ...current.spec, tags: [externalTag('v1', from)] },
    }));
    expect(await check()).toBeUndefined();
    const { namespace = '', name = '', uid = '' } = stream.metadata;
    const row = scheduleOf(stream, periodMs);
    await rig.record.ledger.put([{ stream: { namespace, name: 'gone', uid }, tags: row }]);
    const tags = [{ namespace, name: 'gone', uid, tag: 'v1' }];
    await makeDue(tags);
    await checkTags(rig.deps, { host: 'registry.example', tags }, jobContext);
    expect(await rig.record.ledger.ofStream('test', 'gone')).toEqual([]);
    expect(rig.importer.checked).toEqual([]);
    expect(name).toBe('app');
  });

  test('of a tag with a newer intent leaves the import to the job that waits for it', async () => {
    await imported();
    await rig.update('app', (current) => ({
      ...current,
      spec: { ...current.spec, tags: [externalTag('v1', from, { ...scheduled, generation: 0 })] },
    }));
    rig.importer.checks.set(from, answer('changed', 'two'));
    await check();
    expect(rig.importer.asked).toEqual([]);
  });
});

/** As if a day had passed since everything was first seen. */
async function aDayLater(): Promise<void> {
  await rig.record.ledger.record([
    {
      ...(await rig.record.ledger.ofStream('test', 'app'))[0]!,
      candidates: ((await rig.record.ledger.ofStream('test', 'app'))[0]!.candidates ?? []).map(
        (each) => ({ ...each, seenAt: each.seenAt - 86_400_000 }),
      ),
    },
  ]);
}

describe('a minimum age', () => {
  const aged = { 'sluice.dev/min-age': '24h' };

  test('keeps a tag from a digest until it has been seen for so long', async () => {
    await imported();
    await rig.update('app', annotated(aged));
    rig.importer.images.set(from, image(from, 'two'));
    rig.importer.checks.set(from, answer('changed', 'two'));
    expect(await check()).toMatchObject({
      digest: digestOf('one'),
      seen: digestOf('two'),
      candidates: [{ digest: digestOf('two') }],
    });
    expect(rig.importer.asked).toEqual([]);
    await aDayLater();
    const row = await check();
    expect(row).toMatchObject({ digest: digestOf('two') });
    expect(row).not.toHaveProperty('candidates');
    expect(rig.importer.asked).toMatchObject([
      { from, at: { digest: digestOf('two'), exact: true } },
    ]);
    expect(items(await rig.get('app'))).toEqual([digestOf('two'), digestOf('one')]);
  });

  test('counts for the first check too, which has nothing to compare with', async () => {
    const { metadata } = await imported();
    const known = { namespace: 'test', name: 'app', uid: metadata.uid!, tag: 'v1' };
    const aging = await rig.update('app', annotated(aged));
    const entry = { stream: identityOf(aging), tags: scheduleOf(aging, periodMs) };
    await rig.record.ledger.remove([known]);
    await rig.record.ledger.put([entry]);
    rig.importer.images.set(from, image(from, 'two'));
    rig.importer.checks.set(from, answer('changed', 'two'));
    expect(await check()).toMatchObject({ candidates: [{ digest: digestOf('two') }] });
    await aDayLater();
    expect(await check()).toMatchObject({ digest: digestOf('two') });
    expect(items(await rig.get('app'))).toEqual([digestOf('two'), digestOf('one')]);
    // What was imported is known as such at the first look.
    await rig.record.ledger.remove([known]);
    await rig.record.ledger.put([entry]);
    expect(await check()).toMatchObject({ digest: digestOf('two') });
    expect(items(await rig.get('app'))).toEqual([digestOf('two'), digestOf('one')]);
  });

  test('leaves no failure on a tag that waits, when its registry answers again', async () => {
    const { metadata } = await imported();
    const known = { namespace: 'test', name: 'app', uid: metadata.uid!, tag: 'v1' };
    const aging = await rig.update('app', annotated(aged));
    await rig.record.ledger.remove([known]);
    await rig.record.ledger.put([{ stream: identityOf(aging), tags: scheduleOf(aging, periodMs) }]);
    rig.importer.checks.delete(from);
    await check();
    const failed = await rig.get('app');
    expect(failed.status.tags![0]!.conditions).toMatchObject([{ reason: 'NotFound' }]);
    rig.importer.checks.set(from, answer('changed', 'two'));
    await check();
    const answering = await rig.get('app');
    expect(answering.status.tags![0]).not.toHaveProperty('conditions');
    expect(items(answering)).toEqual([digestOf('one')]);
  });

  test('takes what upstream has left behind meanwhile, where the registry still has it', async () => {
    await imported();
    await rig.update('app', annotated(aged));
    rig.importer.checks.set(from, answer('changed', 'two'));
    await check();
    await aDayLater();
    rig.importer.checks.set(from, answer('changed', 'three'));
    rig.importer.checks.set(`registry.example/app@${digestOf('two')}`, answer('changed', 'two'));
    rig.importer.images.set(from, image(from, 'two'));
    expect(await check()).toMatchObject({
      digest: digestOf('two'),
      seen: digestOf('three'),
      candidates: [{ digest: digestOf('three') }],
    });
    expect(items(await rig.get('app'))).toEqual([digestOf('two'), digestOf('one')]);
  });

  test('forgets what the registry has no more', async () => {
    await imported();
    await rig.update('app', annotated(aged));
    rig.importer.checks.set(from, answer('changed', 'two'));
    await check();
    await aDayLater();
    rig.importer.checks.set(from, answer('changed', 'three'));
    await check();
    expect(items(await rig.get('app'))).toEqual([digestOf('one')]);
    expect(await check()).toMatchObject({ candidates: [{ digest: digestOf('three') }] });
  });
});

describe('one stream that cannot be written', () => {
  test('leaves the others of its job alone', async () => {
    await imported('app');
    await imported('other');
    rig.importer.images.set(from, image(from, 'two'));
    rig.importer.checks.set(from, answer('changed', 'two'));
    const { recorder } = rig.deps;
    const deps = {
      ...rig.deps,
      recorder: Object.assign(Object.create(recorder) as typeof recorder, {
        store: async (work: Parameters<typeof recorder.store>[0]) => {
          if (work.name === 'app') throw new Error('it cannot be written');
          return recorder.store(work);
        },
      }),
    };
    const tags = await Promise.all(
      ['app', 'other'].map(async (name) => {
        const { metadata } = await rig.get(name);
        return { namespace: 'test', name, uid: metadata.uid!, tag: 'v1' };
      }),
    );
    await makeDue(tags);
    await checkTags(deps, { host: 'registry.example', tags }, jobContext);
    expect(items(await rig.get('app'))).toEqual([digestOf('one')]);
    expect(items(await rig.get('other'))).toEqual([digestOf('two'), digestOf('one')]);
    const [row] = await rig.record.ledger.ofStream('test', 'app');
    expect(row).toMatchObject({ failures: 1 });
    expect(row!.dueAt - row!.readAt).toBeLessThan(periodMs);
  });
});

describe('an import of a scheduled tag', () => {
  test('tells the schedule what it saw, so that the first check is a comparison', async () => {
    await imported();
    expect(await rig.record.ledger.ofStream('test', 'app')).toMatchObject([
      { tag: 'v1', from, digest: digestOf('one'), periodMs },
    ]);
  });
});

describe('a tick', () => {
  test('hands out what is due, a host at a time, and each claim once', async () => {
    const tags = ['a', 'b'].flatMap((repository) =>
      ['v1', 'v2'].map((tag) => ({
        tag: `${repository}-${tag}`,
        from: `registry.example/${repository}:${tag}`,
        repository: `registry.example/${repository}`,
        periodMs,
      })),
    );
    const stream = { namespace: 'test', name: 'app', uid: 'u' };
    await rig.record.ledger.put([{ stream, tags }]);
    const handed: CheckJob[] = [];
    const queue = {
      enqueueChecks: async (jobs: readonly CheckJob[]) => {
        handed.push(...jobs);
      },
    };
    const keys = tags.map(({ tag }) => ({ ...stream, tag }));
    await rig.record.ledger.hasten(keys.slice(1), 0);
    const deps = { ledger: rig.record.ledger, queue };
    await Promise.all([tick(deps, jobContext.signal), tick(deps, jobContext.signal)]);
    expect(handed.flatMap((job) => job.tags.map(({ tag }) => tag)).toSorted()).toEqual([
      'a-v2',
      'b-v1',
      'b-v2',
    ]);
  });

  test('gives back what could not be queued', async () => {
    await imported();
    const { metadata } = await rig.get('app');
    const key = { namespace: 'test', name: 'app', uid: metadata.uid!, tag: 'v1' };
    await rig.record.ledger.hasten([key], 0);
    const lost = { enqueueChecks: () => Promise.reject(new Error('no queue')) };
    const { ledger } = rig.record;
    await expect(tick({ ledger, queue: lost }, jobContext.signal)).rejects.toThrow('no queue');
    const handed: CheckJob[] = [];
    const queue = {
      enqueueChecks: async (jobs: readonly CheckJob[]) => {
        handed.push(...jobs);
      },
    };
    await tick({ ledger, queue }, jobContext.signal);
    expect(handed).toHaveLength(1);
  });

  test('splits a host with many tags, but not those who follow the same one', () => {
    const rows = Array.from({ length: 450 }, (_, index) => ({
      namespace: 'test',
      name: `app${index}`,
      uid: 'u',
      tag: 'latest',
      from: `${index % 2 === 0 ? '' : 'docker.io/library/'}redis:t${Math.floor(index / 3)}`,
      repository: 'registry-1.docker.io/library/redis',
      periodMs,
      dueAt: 0,
      failures: 0,
      readAt: 0,
    }));
    const jobs = checksOf(rows);
    expect(jobs.map(({ tags }) => tags.length)).toEqual([198, 198, 54]);
    const jobsOf = Map.groupBy(
      jobs.flatMap(({ tags }, job) => tags.map(({ name }) => ({ job, name }))),
      ({ name }) => Math.floor(Number(name.slice(3)) / 3),
    );
    for (const followers of jobsOf.values())
      expect(new Set(followers.map(({ job }) => job)).size).toBe(1);
  });
});
