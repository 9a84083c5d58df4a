import { describe, expect, test } from 'vitest';
import { planImport, scheduledTags, streamNeedsImport } from '#src/domain/import-plan.ts';
import {
  dockerRepositoryCheckAnnotation,
  insecureRepositoryAnnotation,
  type ImageStream,
  type TagReference,
} from '#src/domain/types.ts';
import { digest, imported, stream, tagFrom } from './builders.ts';

function at(tag: TagReference, generation: number | null): TagReference {
  return { ...tag, generation };
}

/** A stream that was imported before: each tag has an item of that generation. */
function checked(tags: TagReference[], items: Record<string, number>): ImageStream {
  const base = stream('app', tags);
  const status = Object.entries(items).map(([tag, generation]) => ({
    tag,
    items: [{ created: '', dockerImageReference: 'r', image: digest('aa'), generation }],
  }));
  return {
    ...base,
    metadata: { ...base.metadata, annotations: { [dockerRepositoryCheckAnnotation]: 'T' } },
    status: { ...base.status, tags: status },
  };
}

function planned(of: ImageStream, tags?: readonly string[]): (string | undefined)[] {
  return (planImport(of, tags === undefined ? {} : { tags })?.images ?? []).map(
    (each) => each.to?.name,
  );
}

describe('what is pending', () => {
  test('a new stream imports its external tags and nothing else', () => {
    const base = stream('app', [
      at(imported('a'), 1),
      at({ ...imported('ref'), reference: true }, 1),
      at(tagFrom('alias', 'ImageStreamTag', 'a'), 1),
      at({ ...imported('bare'), from: {} }, 1),
    ]);
    expect(planned(base)).toEqual(['a']);
    expect(planImport(base)?.images?.[0]).toEqual({
      from: { kind: 'DockerImage', name: 'quay.io/acme/demo:a' },
      to: { name: 'a' },
      importPolicy: { importMode: 'Legacy' },
      referencePolicy: { type: 'Source' },
    });
  });

  test('only tags whose intent is newer than their history are imported again', () => {
    const base = checked([at(imported('a'), 2), at(imported('b'), 3)], { a: 2, b: 2 });
    expect(planned(base)).toEqual(['b']);
  });

  test('a failure counts as an answer', () => {
    const base = checked([at(imported('a'), 3)], { a: 2 });
    const [status] = base.status.tags!;
    const condition = {
      type: 'ImportSuccess' as const,
      status: 'False' as const,
      lastTransitionTime: '',
      generation: 3,
    };
    const failed = {
      ...base,
      status: { ...base.status, tags: [{ ...status!, conditions: [condition] }] },
    };
    expect(streamNeedsImport(failed)).toBe(false);
  });

  test('nothing is asked for when nothing is pending', () => {
    expect(planImport(checked([at(imported('a'), 2)], { a: 2 }))).toBeUndefined();
    expect(planImport(stream())).toBeUndefined();
  });

  test('clearing the check annotation alone imports nothing that is up to date', () => {
    const base = checked([at(imported('a'), 2)], { a: 2 });
    expect(streamNeedsImport({ ...base, metadata: { name: 'app', namespace: 'ns' } })).toBe(false);
  });
});

describe('a repository behind a stream', () => {
  const base = { ...stream('app', [at(imported('a'), 1)]) };
  const whole: ImageStream = {
    ...base,
    metadata: { ...base.metadata, annotations: { [insecureRepositoryAnnotation]: 'true' } },
    spec: { ...base.spec, dockerImageRepository: 'quay.io/acme/demo' },
  };

  test('is imported whole, once', () => {
    expect(planImport(whole)?.repository).toMatchObject({
      from: { kind: 'DockerImage', name: 'quay.io/acme/demo' },
      importPolicy: { insecure: true },
    });
    const done = checked([at(imported('a'), 1)], { a: 1 });
    expect(
      planImport({ ...done, spec: { ...done.spec, dockerImageRepository: 'quay.io/acme/demo' } }),
    ).toBeUndefined();
  });
});

function scheduled(tag: TagReference): TagReference {
  return { ...tag, importPolicy: { importMode: 'Legacy', scheduled: true } };
}

describe('the schedule', () => {
  test('takes external tags that are marked and can be read', () => {
    const base = checked(
      [
        at(scheduled(imported('a')), 2),
        at(imported('b'), 2),
        at(scheduled({ ...imported('ref'), reference: true }), 2),
        at(scheduled(imported('bad', 'NOT A REF')), 2),
      ],
      { a: 2, b: 2 },
    );
    expect(scheduledTags(base).map((tag) => tag.name)).toEqual(['a']);
  });

  test('drops a tag pinned by digest after its first success', () => {
    const pinned = scheduled(imported('a', `quay.io/acme/demo@${digest('aa')}`));
    expect(scheduledTags(checked([at(pinned, 2)], {}))).toHaveLength(1);
    expect(scheduledTags(checked([at(pinned, 2)], { a: 2 }))).toEqual([]);
  });

  test('a due tag is imported although it is up to date, together with what is pending', () => {
    const base = checked(
      [at(scheduled(imported('a')), 2), at(imported('b'), 3), at(imported('c'), 2)],
      { a: 2, b: 2, c: 2 },
    );
    expect(planned(base, ['a'])).toEqual(['a', 'b']);
  });
});
