import { describe, expect, test } from 'vitest';
import {
  prunedStream,
  unusedImages,
  type PrunableImage,
  type PruneRules,
} from '#src/domain/prune.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { digest, imported, stream, succeeded, withImport } from './builders.ts';

const pairs = ['aa', 'bb', 'cc', 'dd'];

/** Four images, one a day, from the 7th to the 10th; made on the 1st. */
function history(): ImageStream {
  const full = pairs.reduce(
    (before, pair, index) =>
      withImport(
        before,
        'v1',
        succeeded(digest(pair)),
        `2026-01-${String(7 + index).padStart(2, '0')}T09:00:00Z`,
      ),
    stream('app', [imported('v1')]),
  );
  return { ...full, metadata: { ...full.metadata, creationTimestamp: '2026-01-01T00:00:00Z' } };
}

function rules(more: Partial<PruneRules> = {}): PruneRules {
  return {
    now: '2026-01-10T12:00:00Z',
    keepYoungerThan: 3600,
    keepRevisions: 0,
    isManagedOnly: false,
    ...more,
  };
}

function facts(pair: string, more: Partial<PrunableImage> = {}): PrunableImage {
  const created = '2026-01-02T00:00:00Z';
  return { name: digest(pair), created, isManaged: false, size: 100, parts: [], ...more };
}

function known(...images: PrunableImage[]): ReadonlyMap<string, PrunableImage> {
  return new Map(images.map((image) => [image.name, image]));
}

const all = known(...pairs.map((pair) => facts(pair)));

function left(of: ImageStream): string[] {
  return (of.status.tags?.[0]?.items ?? []).map(({ image }) => image.slice(7, 9));
}

describe('of a history', () => {
  test.for([
    { name: 'the newest entries stay', rules: { keepRevisions: 2 }, kept: ['dd', 'cc'] },
    { name: 'the current entry always stays', rules: { keepRevisions: 0 }, kept: ['dd'] },
    {
      name: 'what is young stays, however many',
      rules: { keepYoungerThan: 2 * 86_400 },
      kept: ['dd', 'cc'],
    },
    { name: 'all may stay', rules: { keepRevisions: 9 }, kept: ['dd', 'cc', 'bb', 'aa'] },
    {
      name: 'by size only what is too large goes',
      rules: { keepYoungerThan: 0, maxImageSize: 150 },
      images: known(facts('aa'), facts('bb', { size: 151 }), facts('cc', { size: 150 })),
      kept: ['dd', 'cc', 'aa'],
    },
    {
      name: 'an entry whose image is gone goes',
      rules: { keepRevisions: 9 },
      images: known(facts('dd'), facts('bb')),
      kept: ['dd', 'bb'],
    },
    {
      name: 'the current entry stays even if its image is gone',
      rules: { keepRevisions: 9 },
      images: known(),
      kept: ['dd'],
    },
  ])('$name', ({ rules: asked, images, kept }) => {
    const before = history();
    const pruned = prunedStream(before, images ?? all, rules(asked));
    expect(left(pruned.stream)).toEqual(kept);
    expect(pruned.removed).toBe(4 - kept.length);
    expect(pruned.stream.spec).toBe(before.spec);
  });

  test('a young stream stays as it is', () => {
    const before = history();
    before.metadata.creationTimestamp = '2026-01-10T11:30:00Z';
    expect(prunedStream(before, all, rules())).toEqual({ stream: before, removed: 0 });
  });
});

function names(images: readonly PrunableImage[]): string[] {
  return images.map(({ name }) => name.slice(7, 9));
}

describe('an image goes', () => {
  test('when no history has it, nor an index in one', () => {
    const images = known(
      ...all.values(),
      facts('dd', { parts: [digest('11')] }),
      facts('11', { parts: [digest('22')] }),
      facts('22'),
      facts('ee'),
    );
    expect(names(unusedImages([history()], images, rules()))).toEqual(['ee']);
    const { stream: pruned } = prunedStream(history(), images, rules({ keepRevisions: 1 }));
    expect(names(unusedImages([pruned], images, rules()))).toEqual(['aa', 'bb', 'cc', 'ee']);
    expect(names(unusedImages([], images, rules()))).toHaveLength(images.size);
  });

  test('when it is old enough, and where only pushed ones may go, pushed', () => {
    const images = known(
      facts('aa', { created: '2026-01-10T11:30:00Z' }),
      facts('bb', { isManaged: true }),
      facts('cc'),
    );
    expect(names(unusedImages([], images, rules()))).toEqual(['bb', 'cc']);
    expect(names(unusedImages([], images, rules({ isManagedOnly: true })))).toEqual(['bb']);
  });
});
