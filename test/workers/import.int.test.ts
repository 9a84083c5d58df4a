import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';

import type { ImageStream } from '#src/domain/types.ts';
import { externalTag } from '#test/controllers/support/streams.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { WorkerAtHand } from '#workers/import/at-hand.ts';
import { importRequested } from '#workers/import/request-job.ts';
import { importStream } from '#workers/import/stream-job.ts';
import type { ImportAnswer, ImportRequest } from '#src/queue/import-request.ts';
import type { Objects } from '#src/store/objects.ts';
import { imageKey } from '#src/resources/imagestreams/streams.ts';

import { digestOf, failure, image, jobContext, startRig, type Rig } from './support/rig.ts';

const from = 'registry.example/app:v1';

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

async function run(stream: ImageStream, more = {}): Promise<ImageStream> {
  await importStream(rig.deps, rig.jobOf(stream, more), jobContext);
  return rig.get(stream.metadata.name!);
}

function items(stream: ImageStream, tag = 'v1'): string[] {
  const found = stream.status.tags?.find((each) => each.tag === tag);
  return (found?.items ?? []).map((item) => item.image);
}

function condition(stream: ImageStream, tag = 'v1') {
  return stream.status.tags?.find((each) => each.tag === tag)?.conditions?.[0];
}

describe('an import of a stream', () => {
  test('records the image, the history and the generation, and keeps no raw manifest', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    const stream = await run(await rig.create('app', [externalTag('v1', from)]));
    expect(items(stream)).toEqual([digestOf('one')]);
    expect(stream.metadata.generation).toBe(2);
    expect(stream.spec.tags?.[0]?.generation).toBe(2);
    const stored = await rig.record.objects.get(imageKey(digestOf('one')));
    expect(stored).toBeDefined();
    expect(stored).not.toHaveProperty('dockerImageManifest');
    expect(rig.counted).toEqual(['registry.example ok']);
  });

  test('done twice writes once', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    const pending = await rig.create('app', [externalTag('v1', from)]);
    const first = await run(pending);
    const revision = await rig.record.objects.currentRevision();
    const second = await run(pending);
    expect(second).toEqual(first);
    expect(await rig.record.objects.currentRevision()).toBe(revision);
    expect(rig.importer.asked).toHaveLength(1);
  });

  test('makes an image again that is pruned before the stream has it', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    const pending = await rig.create('app', [externalTag('v1', from)]);
    const { objects } = rig.record;
    const one = imageKey(digestOf('one'));
    const pruned: boolean[] = [];
    const pruning: Objects = {
      get: (key) => objects.get(key),
      list: (range, options) => objects.list(range, options),
      create: (key, object) => objects.create(key, object),
      delete: (key, version) => objects.delete(key, version),
      watch: (options) => objects.watch(options),
      currentRevision: () => objects.currentRevision(),
      async update(key, object) {
        if (key.name === 'app') {
          pruned.push((await objects.get(one)) !== undefined);
          await objects.delete(one);
        }
        return objects.update(key, object);
      },
    };
    const deps = { ...rig.deps, recorder: rig.recorderOn(pruning) };
    await importStream(deps, rig.jobOf(pending), jobContext);
    expect(pruned).toEqual([true]);
    expect(items(await rig.get('app'))).toEqual([digestOf('one')]);
    expect(await objects.get(one)).toBeDefined();
  });

  test('of a stream that is gone, or another one of the same name, does nothing', async () => {
    const stream = await rig.create('app', [externalTag('v1', from)]);
    await run(stream, { uid: 'another' });
    expect(rig.importer.asked).toEqual([]);
  });

  test('is recorded on top of a write that came in between and left the tag alone', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    const pending = await rig.create('app', [externalTag('v1', from)]);
    rig.importer.meanwhile = async () => {
      await rig.update('app', (stream) => ({
        ...stream,
        metadata: { ...stream.metadata, labels: { team: 'a' } },
      }));
    };
    const stream = await run(pending);
    expect(stream.metadata.labels).toEqual({ team: 'a' });
    expect(items(stream)).toEqual([digestOf('one')]);
    expect(rig.importer.asked).toHaveLength(1);
  });

  test('is asked for anew when the tag was pointed elsewhere in between', async () => {
    const other = 'registry.example/other:v1';
    rig.importer.images.set(from, image(from, 'one'));
    rig.importer.images.set(other, image(other, 'two'));
    const pending = await rig.create('app', [externalTag('v1', from)]);
    rig.importer.meanwhile = async () => {
      rig.importer.meanwhile = async () => undefined;
      await rig.update('app', (stream) => ({
        ...stream,
        spec: { ...stream.spec, tags: [externalTag('v1', other)] },
      }));
    };
    const stream = await run(pending);
    expect(items(stream)).toEqual([digestOf('two')]);
    expect(rig.importer.asked.map((item) => item.from)).toEqual([from, other]);
  });

  test('does not bring back a tag that was deleted in between', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    const pending = await rig.create('app', [externalTag('v1', from)]);
    rig.importer.meanwhile = async () => {
      await rig.update('app', (stream) => ({ ...stream, spec: { ...stream.spec, tags: [] } }));
    };
    const stream = await run(pending);
    expect(stream.spec.tags ?? []).toEqual([]);
    expect(stream.status.tags ?? []).toEqual([]);
  });

  test('of two workers at once is recorded once', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    const pending = await rig.create('app', [externalTag('v1', from)]);
    await Promise.all([run(pending), run(pending), run(pending)]);
    const stream = await rig.get('app');
    expect(items(stream)).toEqual([digestOf('one')]);
    expect(stream.metadata.generation).toBe(2);
  });

  test('hands over the decrypted pull secrets of the namespace, and no others', async () => {
    const secret = (name: string, type: string, namespace = 'test') =>
      rig.record.objects.create({ resource: 'secrets', namespace, name }, {
        kind: 'Secret',
        metadata: { name, namespace },
        type,
        data: { '.dockerconfigjson': 'e30=' },
      } as never);
    await secret('pull', 'kubernetes.io/dockerconfigjson');
    await secret('opaque', 'Opaque');
    await secret('foreign', 'kubernetes.io/dockerconfigjson', 'other');
    await run(await rig.create('app', [externalTag('v1', from)]));
    expect(rig.importer.contexts[0]?.secrets).toEqual([
      {
        namespace: 'test',
        name: 'pull',
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': 'e30=' },
      },
    ]);
  });
});

describe('a failure', () => {
  test('that is definite is recorded and not repeated', async () => {
    rig.importer.images.set(from, failure('NotFound', 'gone'));
    const stream = await run(await rig.create('app', [externalTag('v1', from)]));
    expect(condition(stream)).toMatchObject({ reason: 'NotFound', message: 'gone', generation: 2 });
    expect(rig.queued).toEqual([]);
    expect(rig.counted).toEqual(['registry.example NotFound']);
  });

  test('that may pass is recorded, and queued again no earlier than the registry said', async () => {
    const outcome = failure('InternalError', 'busy', { temporary: true, retryAfterMs: 30_000 });
    rig.importer.images.set(from, outcome);
    const stream = await run(await rig.create('app', [externalTag('v1', from)]));
    expect(condition(stream)).toMatchObject({ reason: 'InternalError', message: 'busy' });
    expect(rig.queued).toEqual([
      { job: rig.jobOf(stream, { tags: ['v1'], attempt: 1 }), delayMs: expect.any(Number) },
    ]);
    expect(rig.queued[0]!.delayMs).toBeGreaterThanOrEqual(30_000);
  });

  test('heals when the retry succeeds', async () => {
    rig.importer.images.set(from, failure('InternalError', 'busy', { temporary: true }));
    await run(await rig.create('app', [externalTag('v1', from)]));
    rig.importer.images.set(from, image(from, 'one'));
    await importStream(rig.deps, rig.queued[0]!.job, jobContext);
    const stream = await rig.get('app');
    expect(condition(stream)).toBeUndefined();
    expect(items(stream)).toEqual([digestOf('one')]);
  });

  test('that repeats itself leaves the stream alone and is given up in the end', async () => {
    rig.importer.images.set(from, failure('InternalError', 'busy', { temporary: true }));
    await run(await rig.create('app', [externalTag('v1', from)]));
    const before = await rig.get('app');
    for (let index = 0; index < rig.queued.length; index += 1)
      await importStream(rig.deps, rig.queued[index]!.job, jobContext);
    expect(await rig.get('app')).toEqual(before);
    expect(rig.queued).toHaveLength(8);
  });

  test('that was healed in the meantime is not asked for again', async () => {
    rig.importer.images.set(from, failure('InternalError', 'busy', { temporary: true }));
    await run(await rig.create('app', [externalTag('v1', from)]));
    rig.importer.images.set(from, image(from, 'one'));
    await importStream(rig.deps, rig.queued[0]!.job, jobContext);
    const asked = rig.importer.asked.length;
    await importStream(rig.deps, rig.queued[0]!.job, jobContext);
    expect(rig.importer.asked).toHaveLength(asked);
  });

  test('keeps the last good image', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    await run(await rig.create('app', [externalTag('v1', from)]));
    rig.importer.images.set(from, failure('Unauthorized', 'no'));
    const again = await rig.update('app', (stream) => ({
      ...stream,
      spec: { ...stream.spec, tags: [externalTag('v1', from, { generation: 0 })] },
    }));
    const stream = await run(again);
    expect(items(stream)).toEqual([digestOf('one')]);
    expect(condition(stream)).toMatchObject({ reason: 'Unauthorized' });
  });
});

describe('a repository', () => {
  const repository = 'registry.example/app';

  test('is imported in order, up to the limit', async () => {
    const tags = Array.from({ length: 60 }, (_, index) => `t${index}`);
    rig.importer.repositories.set(repository, { tags: [...tags, 'latest'] });
    for (const tag of [...tags, 'latest'])
      rig.importer.images.set(`${repository}:${tag}`, image(`${repository}:${tag}`, tag));
    const stream = await run(await rig.create('app', [], repository));
    expect(stream.status.tags).toHaveLength(50);
    expect(items(stream, 'latest')).toEqual([digestOf('latest')]);
    expect(stream.spec.tags).toHaveLength(50);
  });

  test('that could not be listed for a while is listed again', async () => {
    rig.importer.repositories.set(repository, {
      status: failure('InternalError', 'busy').status,
      temporary: true,
    });
    await run(await rig.create('app', [], repository));
    expect(rig.queued).toMatchObject([{ job: { tags: [], attempt: 1 } }]);
    rig.importer.repositories.set(repository, { tags: ['v1'] });
    rig.importer.images.set(from, image(from, 'one'));
    await importStream(rig.deps, rig.queued[0]!.job, jobContext);
    expect(items(await rig.get('app'))).toEqual([digestOf('one')]);
  });
});

function request(
  name: string,
  more: Partial<ImportRequest['import']['metadata']> = {},
): ImportRequest {
  return {
    namespace: 'test',
    import: {
      kind: 'ImageStreamImport',
      apiVersion: 'image.openshift.io/v1',
      metadata: { name, namespace: 'test', ...more },
      spec: {
        import: true,
        images: [
          {
            from: { kind: 'DockerImage', name: from },
            to: { name: 'v1' },
            importPolicy: { importMode: 'Legacy' },
            referencePolicy: { type: 'Source' },
          },
        ],
      },
      status: {},
    },
    user: { username: 'alice', groups: [] },
    allowAnyRegistry: true,
  };
}

async function ask(letter: ImportRequest): Promise<ImportAnswer> {
  const id = await rig.record.mailbox.post(letter);
  await importRequested(rig.deps, id, jobContext);
  return (await rig.record.mailbox.wait(id, AbortSignal.timeout(5_000))) as ImportAnswer;
}

describe('a request', () => {
  test('makes the stream and answers with it and the stored image', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    const answer = await ask(request('new'));
    expect(answer).toMatchObject({
      object: {
        metadata: { name: 'new' },
        status: {
          import: { metadata: { name: 'new', generation: 1 } },
          images: [
            { status: { status: 'Success' }, image: { metadata: { name: digestOf('one') } } },
          ],
        },
      },
    });
    expect(items(await rig.get('new'))).toEqual([digestOf('one')]);
  });

  test('that only looks writes nothing', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    const letter = request('new');
    const revision = await rig.record.objects.currentRevision();
    const answer = await ask({
      ...letter,
      import: { ...letter.import, spec: { ...letter.import.spec, import: false } },
    });
    expect(answer).toMatchObject({
      object: { status: { images: [{ status: { status: 'Success' } }] } },
    });
    expect(answer).not.toHaveProperty('object.status.import');
    expect(await rig.record.objects.currentRevision()).toBe(revision);
  });

  test('with the resourceVersion of an older stream is a conflict', async () => {
    const old = await rig.create('app', []);
    const current = await rig.update('app', (stream) => ({
      ...stream,
      metadata: { ...stream.metadata, labels: { a: 'b' } },
    }));
    const [was, is] = [old, current].map(({ metadata }) => metadata.resourceVersion!);
    expect(await ask(request('app', { resourceVersion: was! }))).toMatchObject({
      status: {
        code: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on imagestream.image.openshift.io "app": the image stream was updated from "${was}" to "${is}"`,
      },
    });
  });

  test('for another stream of the same name, or for none, is not found', async () => {
    await rig.create('app', []);
    expect(await ask(request('app', { uid: 'x' }))).toMatchObject({
      status: { code: 404, message: 'imagestream.image.openshift.io "app" not found' },
    });
    expect(await ask(request('none', { resourceVersion: '5' }))).toMatchObject({
      status: { code: 404, message: 'imagestreamimports.image.openshift.io "none" not found' },
    });
  });

  test('whose images all fail is answered, not refused, and makes the stream with its intent', async () => {
    const answer = await ask(request('bad'));
    expect(answer).toMatchObject({
      object: { status: { images: [{ status: { status: 'Failure', reason: 'NotFound' } }] } },
    });
    const stream = await rig.get('bad');
    expect(stream.spec.tags).toMatchObject([{ name: 'v1', from: { name: from } }]);
    expect(condition(stream)).toMatchObject({ reason: 'NotFound' });
  });

  test('whose waiter gave up is not done', async () => {
    const id = await rig.record.mailbox.post(request('app'));
    await rig.record.mailbox.wait(id, AbortSignal.abort()).catch(() => undefined);
    await importRequested(rig.deps, id, jobContext);
    expect(rig.importer.asked).toEqual([]);
  });

  test('beside a write of something else is recorded on top of it', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    await rig.create('app', [externalTag('v1', from)]);
    rig.importer.meanwhile = async () => {
      await rig.update('app', (stream) => ({
        ...stream,
        metadata: { ...stream.metadata, labels: { a: 'b' } },
      }));
    };
    expect(await ask(request('app'))).toHaveProperty('object');
    const stream = await rig.get('app');
    expect(stream.metadata.labels).toEqual({ a: 'b' });
    expect(items(stream)).toEqual([digestOf('one')]);
  });
});

describe('a worker at hand', () => {
  const signal = jobContext.signal;

  test('answers as one behind the mailbox does, and nothing is posted', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    const worker = new WorkerAtHand();
    worker.open(rig.deps, 1);
    const before = await rig.record.mailbox.unanswered();
    expect(await worker.take(request('near'), signal)).toMatchObject({
      object: { status: { import: { metadata: { name: 'near' } } } },
    });
    expect(items(await rig.get('near'))).toEqual([digestOf('one')]);
    expect(await rig.record.mailbox.unanswered()).toEqual(before);
    const refused = await worker.take(request('none', { resourceVersion: '5' }), signal);
    expect(refused).toMatchObject({ status: { code: 404 } });
  });

  test('takes no more than it can hold, and nothing before it is there', async () => {
    rig.importer.images.set(from, image(from, 'one'));
    const worker = new WorkerAtHand();
    expect(worker.take(request('early'), signal)).toBeUndefined();
    worker.open(rig.deps, 1);
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    rig.importer.meanwhile = () => {
      asked.resolve();
      return answered.promise;
    };
    const first = worker.take(request('first'), signal);
    await asked.promise;
    expect(worker.take(request('second'), signal)).toBeUndefined();
    answered.resolve();
    expect(await first).toHaveProperty('object');
    expect(await worker.take(request('second'), signal)).toHaveProperty('object');
  });

  test('rejects what it could not do, and has its hands free', async () => {
    const worker = new WorkerAtHand();
    worker.open(rig.deps, 1);
    rig.importer.meanwhile = () => Promise.reject(new Error('the worker is wrong'));
    await expect(worker.take(request('app'), signal)).rejects.toThrow('the worker is wrong');
    rig.importer.meanwhile = async () => undefined;
    expect(await worker.take(request('app'), signal)).toHaveProperty('object');
  });
});
