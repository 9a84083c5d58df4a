import { describe, expect, test } from 'vitest';
import { mayRetryMapping, recordMapping } from '#src/domain/mapping.ts';
import { statusTag } from '#src/domain/history.ts';
import {
  prepareInternalCreate,
  prepareStreamCreate,
  prepareStreamUpdate,
} from '#src/domain/stream-write.ts';
import { deleteSpecTag, deleteTag } from '#src/domain/tag-delete.ts';
import { tagRefChanged } from '#src/domain/tag-change.ts';
import {
  managedImageAnnotation,
  type ImageStream,
  type NamedTagEventList,
  type TagReference,
} from '#src/domain/types.ts';
import { layersView } from '#src/domain/views/layers.ts';
import {
  context,
  digest,
  history,
  image,
  imported,
  put,
  specGeneration,
  stream,
  tagFrom,
} from './builders.ts';

const item = { created: 'T', dockerImageReference: 'r', image: digest('aa'), generation: 1 };

function withStatus(of: ImageStream, tags: NamedTagEventList[]): ImageStream {
  return { ...of, status: { ...of.status, tags } };
}

describe('creating a stream', () => {
  const sent = withStatus(stream('app', [{ ...imported('v'), generation: 9 }]), [
    { tag: 'v', items: [item] },
  ]);

  test('drops the status that a client sent, and numbers everything 1', () => {
    const { stream: made } = prepareStreamCreate({ ...context(), stream: sent });
    expect([made.metadata.generation, specGeneration(made, 'v'), history(made, 'v')]).toEqual([
      1,
      1,
      [],
    ]);
  });

  test('keeps the status that an import made', () => {
    const { stream: made } = prepareInternalCreate({ ...context(), stream: sent });
    expect(history(made, 'v')).toEqual(['1:aa']);
  });

  test('knows where the stream is in the integrated registry, inside and outside', () => {
    const hosts = { internal: 'registry.local:5000', external: 'registry.example.com' };
    const { stream: made } = prepareStreamCreate({ ...context({ hosts }), stream: stream() });
    expect(made.status).toEqual({
      dockerImageRepository: 'registry.local:5000/ns/app',
      publicDockerImageRepository: 'registry.example.com/ns/app',
    });
  });
});

describe('updating a stream', () => {
  const old = withStatus(stream('app', [{ ...imported('v'), generation: 1 }]), [
    { tag: 'v', items: [item] },
  ]);

  test('the status that a client sent counts for nothing', () => {
    const next = put(old, withStatus({ ...old, spec: { lookupPolicy: { local: true } } }, []));
    expect([next.metadata.generation, history(next, 'v')]).toEqual([2, ['1:aa']]);
  });

  test('status tags that say nothing are dropped by an internal write', () => {
    const next = withStatus(old, [{ tag: 'v', items: null }]);
    const write = { ...context(), next, old, mode: 'internal' as const };
    expect(prepareStreamUpdate(write).stream.status.tags).toBeUndefined();
  });

  test('tags are sorted, and of equal names the last one counts', () => {
    const tags = [imported('z'), imported('a', 'first'), imported('a', 'second')];
    const next = put(old, { ...old, spec: { ...old.spec, tags } });
    expect(next.spec.tags?.map((tag) => [tag.name, tag.from?.name])).toEqual([
      ['a', 'second'],
      ['z', 'quay.io/acme/demo:z'],
    ]);
  });

  test('a status write keeps the spec and its generation, and numbers new items', () => {
    const next = withStatus(
      {
        ...old,
        metadata: { ...old.metadata, generation: 5 },
        spec: { lookupPolicy: { local: true } },
      },
      [
        { tag: 'new', items: [{ ...item, generation: 0 }] },
        { tag: 'v', items: [{ ...item, image: digest('bb'), generation: 0 }] },
      ],
    );
    const before = { ...old, metadata: { ...old.metadata, generation: 4 } };
    const write = { ...context(), next, old: before, mode: 'status' as const };
    const { stream: made } = prepareStreamUpdate(write);
    expect(made.metadata.generation).toBe(4);
    expect(made.spec).toEqual(old.spec);
    expect([history(made, 'new'), history(made, 'v')]).toEqual([['4:aa'], ['1:bb']]);
  });
});

describe('what makes a tag another one', () => {
  const base: TagReference = { ...imported('v', 'a/b:c'), generation: 3 };
  const same = stream();

  test.for<[string, TagReference, boolean]>([
    ['nothing', base, false],
    ['the name', { ...base, from: { kind: 'DockerImage', name: 'a/b:d' } }, true],
    ['the kind alone', { ...base, from: { kind: 'ImageStreamTag', name: 'a/b:c' } }, false],
    ['its own namespace spelled out', { ...base, from: { ...base.from, namespace: 'ns' } }, false],
    ['another namespace', { ...base, from: { ...base.from, namespace: 'other' } }, true],
    ['reference', { ...base, reference: true }, true],
    ['importMode', { ...base, importPolicy: { importMode: 'PreserveOriginal' } }, true],
    ['scheduled', { ...base, importPolicy: { importMode: 'Legacy', scheduled: true } }, false],
    ['referencePolicy', { ...base, referencePolicy: { type: 'Local' } }, false],
    ['annotations', { ...base, annotations: { a: 'b' } }, false],
    ['generation 0', { ...base, generation: 0 }, true],
    ['generation 9', { ...base, generation: 9 }, false],
    ['an empty source', { ...base, from: {} }, false],
  ])('%s', ([, next, expected]) => {
    expect(tagRefChanged(same, base, next)).toBe(expected);
  });
});

describe('a pushed image', () => {
  const push = { stream: stream(), tag: 'v', existed: false, now: 'P' };
  const managed = {
    ...image(digest('aa')),
    metadata: { name: digest('aa'), annotations: { [managedImageAnnotation]: 'true' } },
  };

  test('that is known already is named by the place it was pushed to', () => {
    const of = { ...stream(), status: { dockerImageRepository: 'registry.local/ns/app' } };
    const { stream: made } = recordMapping({ ...push, stream: of, image: managed, existed: true });
    expect(statusTag(made, 'v')?.items?.[0]?.dockerImageReference).toBe(
      `registry.local/ns/app@${digest('aa')}`,
    );
  });

  test('pushed twice changes nothing the second time', () => {
    const once = recordMapping({ ...push, image: managed });
    const twice = recordMapping({ ...push, stream: once.stream, image: managed, now: 'Q' });
    expect([once.changed, twice.changed, twice.stream]).toEqual([true, false, once.stream]);
  });

  test('is recorded again after a conflict unless somebody else moved the tag', () => {
    const before = withStatus(stream(), [{ tag: 'v', items: [item] }]);
    const renumbered = withStatus(stream(), [{ tag: 'v', items: [{ ...item, generation: 5 }] }]);
    const moved = withStatus(stream(), [{ tag: 'v', items: [{ ...item, image: digest('bb') }] }]);
    expect(mayRetryMapping(stream(), moved, 'v')).toBe(true);
    expect(mayRetryMapping(before, renumbered, 'v')).toBe(true);
    expect(mayRetryMapping(before, moved, 'v')).toBe(false);
  });
});

test('deleting what is not there says so', () => {
  expect(deleteTag(stream(), 'v')).toBeUndefined();
  expect(deleteSpecTag(withStatus(stream(), [{ tag: 'v', items: [item] }]), 'v')).toBeUndefined();
});

test('the blobs of an image that is gone are reported missing', () => {
  const of = withStatus(stream('app', [tagFrom('v', 'ImageStreamTag', 'x')]), [
    { tag: 'v', items: [item, { ...item, image: '' }] },
  ]);
  const { blobs, images } = layersView(of, () => undefined);
  expect([blobs, images]).toEqual([
    {},
    { [digest('aa')]: { imageMissing: true, layers: null, config: null } },
  ]);
});
