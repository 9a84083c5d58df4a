import { describe, expect, test } from 'vitest';
import { statusTag } from '#src/domain/history.ts';
import { manifestNotFound } from '#src/domain/import-status.ts';
import {
  recordImport,
  recordRefusedImport,
  type RecordedImport,
} from '#src/domain/import-record.ts';
import {
  dockerRepositoryCheckAnnotation,
  type ImageImportStatus,
  type ImageStream,
  type ImageStreamImportSpec,
  type ImageStreamImportStatus,
} from '#src/domain/types.ts';
import {
  digest,
  history,
  image,
  imported,
  importSpec,
  missing,
  now,
  stream,
  succeeded,
} from './builders.ts';

function record(
  before: ImageStream | undefined,
  spec: Partial<ImageStreamImportSpec>,
  status: ImageStreamImportStatus,
): RecordedImport {
  return recordImport({
    stream: before,
    namespace: 'ns',
    name: 'app',
    spec: { import: true, ...spec },
    status,
    now,
  });
}

const one = { images: [importSpec('v1', 'quay.io/acme/demo:v1')] };

describe('an import that makes its stream', () => {
  test('creates it with intent, history and the check annotation', () => {
    const { stream: made, changed } = record(undefined, one, { images: [succeeded(digest('aa'))] });
    expect(changed).toBe(true);
    expect(made.metadata).toEqual({
      name: 'app',
      namespace: 'ns',
      annotations: { [dockerRepositoryCheckAnnotation]: now },
    });
    expect(made.spec.tags).toMatchObject([{ name: 'v1', from: { name: 'quay.io/acme/demo:v1' } }]);
    expect(history(made, 'v1')).toEqual(['1:aa']);
  });

  test('creates it even when every image failed: intent and condition', () => {
    const { stream: made } = record(undefined, one, { images: [missing('quay.io/acme/demo:v1')] });
    expect(made.spec.tags).toMatchObject([{ name: 'v1', generation: 0 }]);
    expect(statusTag(made, 'v1')).toEqual({
      tag: 'v1',
      items: null,
      conditions: [
        {
          type: 'ImportSuccess',
          status: 'False',
          lastTransitionTime: now,
          reason: 'NotFound',
          message: 'dockerimage.image.openshift.io "quay.io/acme/demo:v1" not found',
          generation: 1,
        },
      ],
    });
  });

  test('a repository that cannot be listed leaves an empty stream and no condition', () => {
    const { stream: made, changed } = record(
      undefined,
      { repository: { ...importSpec('', 'quay.io/acme/demo') } },
      { repository: { status: manifestNotFound('quay.io/acme/demo') } },
    );
    expect([changed, made.spec.tags, made.status.tags]).toEqual([true, undefined, undefined]);
  });
});

describe('what an import takes over into an existing tag', () => {
  const tagged = {
    ...imported('v1', 'quay.io/acme/old:v1'),
    annotations: { a: 'b' },
    generation: 1,
    referencePolicy: { type: 'Local' as const },
  };

  test('source and import policy are new; annotations and reference policy stay', () => {
    const [image1] = one.images;
    const spec = { images: [{ ...image1!, importPolicy: { scheduled: true } }] };
    const { stream: next } = record(stream('app', [tagged]), spec, {
      images: [succeeded(digest('aa'))],
    });
    expect(next.spec.tags).toEqual([
      {
        ...tagged,
        from: { kind: 'DockerImage', name: 'quay.io/acme/demo:v1' },
        generation: 0,
        importPolicy: { scheduled: true },
      },
    ]);
  });

  test('a failure keeps the intent and asks for its new generation', () => {
    const { stream: next } = record(stream('app', [tagged]), one, { images: [missing()] });
    expect(next.spec.tags).toEqual([{ ...tagged, generation: 0 }]);
  });

  test('the import policy is taken over even when the image has not moved', () => {
    const done = record(stream('app', [tagged]), one, { images: [succeeded(digest('aa'))] }).stream;
    const settled = withGenerations(done, 2);
    const [image1] = one.images;
    const again = record(
      settled,
      { images: [{ ...image1!, importPolicy: { insecure: true } }] },
      { images: [succeeded(digest('aa'))] },
    );
    expect(again.changed).toBe(true);
    expect(again.stream.spec.tags).toMatchObject([
      { generation: 2, importPolicy: { insecure: true } },
    ]);
  });
});

test('a recovered registry with the same digest clears the condition and adds no entry', () => {
  const good = withGenerations(
    record(stream('app'), one, { images: [succeeded(digest('aa'))] }).stream,
    2,
  );
  const failed = record(good, one, { images: [missing()] }).stream;
  const back = record(withGenerations(failed, 3), one, { images: [succeeded(digest('aa'))] });
  expect(back.changed).toBe(true);
  expect(statusTag(back.stream, 'v1')?.conditions).toBeUndefined();
  expect(history(back.stream, 'v1')).toHaveLength(1);
});

test('the item is the pull spec as written, pinned to the image', () => {
  const named = { ...succeeded(digest('aa')), image: image(digest('aa'), 'python') };
  const { stream: next } = record(undefined, one, { images: [named] });
  expect(statusTag(next, 'v1')?.items?.[0]?.dockerImageReference).toBe(`python@${digest('aa')}`);
});

function outcome(tag: string, result: ImageImportStatus): ImageImportStatus {
  return { ...result, tag };
}

describe('a repository import', () => {
  const repository = { ...importSpec('', 'quay.io/acme/demo'), importPolicy: { scheduled: true } };

  test('tags every success with its own source, and gives failures a condition but no intent', () => {
    const { stream: next } = record(
      stream('app'),
      { repository },
      {
        repository: {
          images: [outcome('v2', succeeded(digest('bb'))), outcome('v1', missing())],
          additionalTags: ['v0'],
        },
      },
    );
    expect(next.spec.tags).toMatchObject([
      { name: 'v2', from: { name: 'quay.io/acme/demo:v2' }, importPolicy: { scheduled: true } },
    ]);
    expect(next.status.tags).toMatchObject([
      { tag: 'v1', items: null, conditions: [{ reason: 'NotFound' }] },
      { tag: 'v2' },
    ]);
  });

  test('an image of the same request wins over the tag of the repository', () => {
    const { stream: next } = record(
      stream('app'),
      { repository, images: [importSpec('v1', 'quay.io/acme/other:v1')] },
      {
        repository: { images: [outcome('v1', succeeded(digest('aa')))] },
        images: [succeeded(digest('bb'), 'quay.io/acme/other')],
      },
    );
    expect(history(next, 'v1')).toEqual(['2:bb', '2:aa']);
    expect(next.spec.tags).toMatchObject([{ from: { name: 'quay.io/acme/other:v1' } }]);
  });
});

test('images without a target are stored but tag nothing', () => {
  const [image1] = one.images;
  const { to: _to, ...untagged } = image1!;
  const result = record(
    stream('app'),
    { images: [untagged] },
    { images: [succeeded(digest('aa'))] },
  );
  expect(result.stream.status.tags).toBeUndefined();
  expect(result.images.map((each) => each.metadata.name)).toEqual([digest('aa')]);
});

test('the parts of an index are stored before it, without raw documents and once each', () => {
  const part = { ...image(digest('bb')), dockerImageManifest: '{}', dockerImageConfig: '{}' };
  const index = { ...succeeded(digest('aa')), manifests: [part, part] };
  const { images } = record(undefined, one, { images: [index] });
  expect(images).toEqual([image(digest('bb')), image(digest('aa'))]);
});

test('an import that a limit refused is explained on the tags that it would have added', () => {
  const before = record(undefined, one, { images: [succeeded(digest('aa'))] }).stream;
  const more = { images: [importSpec('v2', 'quay.io/acme/demo:v2')] };
  const { stream: attempted } = record(before, more, { images: [succeeded(digest('bb'))] });
  const status = { metadata: {}, reason: 'Forbidden' as const, message: 'too much' };
  const refused = recordRefusedImport(before, attempted, { status, now });
  expect(statusTag(refused, 'v1')).toEqual(statusTag(before, 'v1'));
  expect(statusTag(refused, 'v2')).toMatchObject({
    items: null,
    conditions: [{ reason: 'Forbidden', message: 'too much', generation: 1 }],
  });
});

/** The stream as the write of an import leaves it: generation 0 replaced. */
function withGenerations(of: ImageStream, generation: number): ImageStream {
  return {
    ...of,
    metadata: { ...of.metadata, generation },
    spec: { ...of.spec, tags: (of.spec.tags ?? []).map((tag) => ({ ...tag, generation })) },
  };
}
