import { describe, expect, test } from 'vitest';
import { newestEvent, statusTag } from '#src/domain/history.ts';
import { planImport } from '#src/domain/import-plan.ts';
import { prepareStreamCreate, sourcesOf, type PreparedWrite } from '#src/domain/stream-write.ts';
import type { ImageStream, TagReference } from '#src/domain/types.ts';
import { context, digest, history, imported, now, stream, tagFrom, withTag } from './builders.ts';

/** A stream of another name or namespace, with tags that point at images of its place in the registry. */
function source(namespace: string, name: string, items: Record<string, string[]>): ImageStream {
  const base = stream(name);
  const tags = Object.entries(items).map(([tag, images]) => ({
    tag,
    items: images.map((image) => ({
      created: 'S',
      dockerImageReference: `registry.local/${namespace}/${name}@${image}`,
      image,
      generation: 9,
    })),
  }));
  return { ...base, metadata: { ...base.metadata, namespace }, status: { ...base.status, tags } };
}

function create(tag: TagReference, ...sources: ImageStream[]): PreparedWrite {
  const byKey = sources.map(
    (each) => [`${each.metadata.namespace}/${each.metadata.name}`, each] as const,
  );
  return prepareStreamCreate({
    ...context({ hosts: { internal: 'registry.local' }, sources: new Map(byKey) }),
    stream: stream('app', [tag]),
  });
}

function from(kind: string, name: string, namespace?: string): TagReference {
  const tag = tagFrom('t', kind, name);
  return namespace === undefined ? tag : { ...tag, from: { kind, name, namespace } };
}

const base = source('base', 'lib', { v1: [digest('aa'), digest('ab')], v2: [digest('cc')] });

describe('a tag of another stream is copied once', () => {
  test('with the time of the source, and through the own place in the registry', () => {
    const { stream: made, errors } = create(from('ImageStreamTag', 'lib:v1', 'base'), base);
    expect(errors).toEqual([]);
    expect(newestEvent(made, 't')).toEqual({
      created: 'S',
      dockerImageReference: `registry.local/ns/app@${digest('aa')}`,
      image: digest('aa'),
      generation: 1,
    });
  });

  test('untouched where the tag is a mere reference', () => {
    const tag = { ...from('ImageStreamTag', 'lib:v1', 'base'), reference: true };
    expect(newestEvent(create(tag, base).stream, 't')?.dockerImageReference).toBe(
      `registry.local/base/lib@${digest('aa')}`,
    );
  });

  test('a source tag without history is passed over', () => {
    const { stream: made, errors } = create(from('ImageStreamTag', 'lib:none', 'base'), base);
    expect([errors, made.status.tags]).toEqual([[], undefined]);
  });
});

describe('an image of another stream is found by a prefix of its digest', () => {
  test('with the time of the write', () => {
    const { stream: made } = create(from('ImageStreamImage', 'lib@sha256:cc', 'base'), base);
    expect(newestEvent(made, 't')).toMatchObject({ image: digest('cc'), created: now });
    const bare = create(from('ImageStreamImage', 'lib@cccc', 'base'), base).stream;
    expect(history(bare, 't')).toEqual(['1:cc']);
  });

  test.for([
    [
      'lib@a',
      `multiple images match the prefix "a": ${digest('aa')}, ${digest('ab')}`,
      'Operation cannot be fulfilled on imagestreamimage.image.openshift.io "a": ',
    ],
    ['lib@ff', 'imagestreamimage.image.openshift.io "ff" not found', ''],
  ] as const)('%s is refused', ([name, error, prefix]) => {
    const { errors } = create(from('ImageStreamImage', name, 'base'), base);
    expect(errors).toEqual([
      {
        type: 'InternalError',
        field: '',
        detail: `imagestreams "app" is invalid: spec.tags[t].from.name: Invalid value: "${name}": error generating tag event: ${prefix}${error}`,
      },
    ]);
  });
});

describe('before a write', () => {
  const tags = [
    { ...from('ImageStreamTag', 'lib:v1', 'base'), name: 'other-namespace' },
    { ...from('ImageStreamTag', 'lib:v2', 'base'), name: 'same-source' },
    { ...from('ImageStreamTag', 'near:v1'), name: 'own-namespace' },
    { ...from('ImageStreamTag', 'app:x'), name: 'own-stream' },
    { ...from('ImageStreamTag', 'x'), name: 'bare' },
    imported('external'),
  ];

  test('each source stream is asked for once, and reviewed in other namespaces only', () => {
    expect(sourcesOf(stream('app', tags))).toEqual({
      streams: [
        { namespace: 'base', name: 'lib' },
        { namespace: 'ns', name: 'near' },
      ],
      reviews: [{ namespace: 'base', name: 'lib' }],
    });
  });

  test('tags that do not change ask for nothing', () => {
    const numbered = tags.map((tag) => ({ ...tag, generation: 3 }));
    const asked = tags.map((tag) => ({ ...tag, generation: 0 }));
    expect(sourcesOf(stream('app', asked), stream('app', numbered))).toEqual({
      streams: [],
      reviews: [],
    });
  });

  test('a refused source is reported on every tag that names it, and not even looked up', () => {
    const denial = { reason: 'no', evaluationError: '', error: 'timeout' };
    const { errors } = prepareStreamCreate({
      ...context({ denials: new Map([['base/lib', denial]]) }),
      stream: stream('app', tags.slice(0, 2)),
    });
    const text = 'Forbidden: base/lib: "no" ""- timeout';
    expect(errors[0]?.detail).toBe(
      `imagestreams "app" is invalid: [spec.tags[other-namespace].from: ${text}, spec.tags[same-source].from: ${text}]`,
    );
  });
});

test('following a tag that waits for an import does not end its waiting', () => {
  const waiting = {
    ...source('ns', 'app', { v1: [digest('aa')] }),
    spec: {
      lookupPolicy: { local: false },
      tags: [{ ...imported('v1'), generation: 12 }],
    },
  };
  const before = { ...waiting, metadata: { ...waiting.metadata, generation: 12 } };
  const after = withTag(before, tagFrom('prod', 'ImageStreamTag', 'v1'));
  expect(history(after, 'prod')).toEqual(['13:aa']);
  expect(statusTag(after, 'v1')?.items?.[0]?.generation).toBe(9);
  expect(planImport(after)?.images?.map((each) => each.to?.name)).toEqual(['v1']);
});
