import { describe, expect, test } from 'vitest';
import { newestEvent } from '#src/domain/history.ts';
import { recordMapping } from '#src/domain/mapping.ts';
import { withoutOrigins, withOrigins, withSecrets } from '#src/domain/origin.ts';
import { rollbackAtAnnotation, rollbackToAnnotation } from '#src/domain/rollback.ts';
import { prepareStreamUpdate } from '#src/domain/stream-write.ts';
import type { ImageStream, TagCause } from '#src/domain/types.ts';
import { imageTagView } from '#src/domain/views/image-tag.ts';
import {
  context,
  digest,
  image,
  imported,
  stream,
  succeeded,
  tagFrom,
  withImport,
} from './builders.ts';

const a = digest('aa');
const b = digest('bb');
const later = '2026-01-11T09:00:00Z';

function written(
  next: ImageStream,
  old: ImageStream | undefined,
  cause: TagCause,
  by = 'alice',
): ImageStream {
  return withOrigins(next, old, { cause, by });
}

/** Two images, the older by alice's import, the newer by the schedule. */
function history(): ImageStream {
  const empty = stream('app', [imported('v1')]);
  const first = written(withImport(empty, 'v1', succeeded(a)), empty, 'import');
  return written(withImport(first, 'v1', succeeded(b), later), first, 'schedule', 'controller');
}

function originsOf(of: ImageStream, tag = 'v1'): unknown {
  const items = of.status.tags?.find((each) => each.tag === tag)?.items ?? [];
  return items.map(({ image: name, cause, by }) => [name, cause, by]);
}

function rolledBack(
  before: ImageStream,
  to: string,
  at = 'x',
): ReturnType<typeof prepareStreamUpdate> {
  const annotations = { [rollbackToAnnotation]: to, [rollbackAtAnnotation]: at };
  const tags = before.spec.tags!.map((tag) => ({ ...tag, annotations }));
  const next = { ...before, spec: { ...before.spec, tags } };
  return prepareStreamUpdate({ ...context(), next, old: before, mode: 'main' });
}

describe('origins of history entries', () => {
  test('a new entry takes the origin of its write and older ones keep theirs', () => {
    expect(originsOf(history())).toEqual([
      [b, 'schedule', 'controller'],
      [a, 'import', 'alice'],
    ]);
  });

  test('a pushed image is a mapping', () => {
    const before = history();
    const pushed = recordMapping({
      stream: before,
      tag: 'v1',
      image: image(digest('cc')),
      existed: false,
      now: later,
    });
    const after = written(pushed.stream, before, 'mapping', 'builder');
    expect(originsOf(after)).toEqual([
      [digest('cc'), 'mapping', 'builder'],
      [b, 'schedule', 'controller'],
      [a, 'import', 'alice'],
    ]);
  });

  test('a document without origins loses none, and one with other origins forges none', () => {
    const before = history();
    expect(written(withoutOrigins(before), before, 'status', 'mallory')).toEqual(before);
    const [tag] = before.status.tags!;
    const items = tag!.items!.map((event) => ({ ...event, cause: 'tag' as const, by: 'mallory' }));
    const forged = { ...before, status: { ...before.status, tags: [{ ...tag!, items }] } };
    expect(written(forged, before, 'status', 'mallory')).toEqual(before);
  });

  test('an entry left out of the middle takes nothing from its neighbours', () => {
    const before = history();
    const [tag] = before.status.tags!;
    const cut = {
      ...before,
      status: { ...before.status, tags: [{ ...tag!, items: [tag!.items![1]!] }] },
    };
    expect(originsOf(written(cut, before, 'status'))).toEqual([[a, 'import', 'alice']]);
  });

  test('no document of the wire has them', () => {
    const shown = [withoutOrigins(history()), imageTagView(history(), 'v1')];
    expect(JSON.stringify(shown)).not.toMatch(/"(cause|by)"/);
    const plain = withImport(stream('app', [imported('v1')]), 'v1', succeeded(a));
    expect(withoutOrigins(plain)).toBe(plain);
  });
});

function secretsOf(of: ImageStream): (string | undefined)[] {
  return (of.status.tags?.[0]?.items ?? []).map(({ secret }) => secret);
}

describe('the secret of an import', () => {
  const before = history();
  const marked = (): ImageStream => {
    const next = withImport(before, 'v1', succeeded(digest('cc')), later);
    return withSecrets(next, before, new Map([['v1', 'pull']]));
  };
  test('stays with its entry, whatever is written later', () => {
    const first = written(marked(), before, 'schedule', 'controller');
    expect(secretsOf(first)).toEqual(['pull', undefined, undefined]);
    const pushed = withImport(first, 'v1', succeeded(digest('dd')), later);
    expect(secretsOf(written(pushed, first, 'mapping', 'bob'))).toEqual([
      undefined,
      'pull',
      undefined,
      undefined,
    ]);
    expect(JSON.stringify(withoutOrigins(first))).not.toContain('secret');
  });

  test('is not taken from clients', () => {
    expect(secretsOf(written(marked(), before, 'status', 'bob'))[0]).toBeUndefined();
  });

  test('is not put onto an entry that was there before', () => {
    expect(withSecrets(before, before, new Map([['v1', 'pull']]))).toEqual(before);
  });
});

describe('a rollback by annotation', () => {
  test('puts the image of the history on top, though the tag goes on following its source', () => {
    const before = history();
    const { stream: next, errors } = rolledBack(before, a);
    expect(errors).toEqual([]);
    expect(next.spec.tags![0]!.from).toEqual(before.spec.tags![0]!.from);
    expect(originsOf(written(next, before, 'tag', 'bob'))).toEqual([
      [a, 'rollback', 'bob'],
      [b, 'schedule', 'controller'],
      [a, 'import', 'alice'],
    ]);
    expect(newestEvent(next, 'v1')!.generation).toBe(next.metadata.generation);
  });

  test('happens once, until it is asked for again', () => {
    const before = history();
    const once = rolledBack(before, a).stream;
    const moved = withImport(once, 'v1', succeeded(b), later);
    expect(newestEvent(rolledBack(moved, a).stream, 'v1')!.image).toBe(b);
    expect(newestEvent(rolledBack(moved, a, 'y').stream, 'v1')!.image).toBe(a);
  });

  test('is passed on to the tags that follow', () => {
    const tags = [imported('v1'), tagFrom('latest', 'ImageStreamTag', 'v1')];
    const empty = stream('app', tags);
    const first = withImport(empty, 'v1', succeeded(a));
    const second = withImport(first, 'v1', succeeded(b), later);
    const { stream: next } = rolledBack(second, a);
    expect(newestEvent(next, 'latest')!.image).toBe(a);
    expect(originsOf(written(next, second, 'tag', 'bob'), 'latest')).toMatchObject([
      [a, 'rollback', 'bob'],
      [b, undefined, undefined],
      [a, undefined, undefined],
    ]);
  });

  test('to an image that the tag never had is refused', () => {
    expect(rolledBack(history(), digest('dd')).errors).toMatchObject([
      { field: 'spec.tags[v1].annotations[sluice.dev/rollback-to]' },
    ]);
  });
});
