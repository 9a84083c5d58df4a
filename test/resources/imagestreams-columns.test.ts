import { expect, test } from 'vitest';
import type { ImageStream, NamedTagEventList } from '#src/domain/types.ts';
import { imageStreamColumns, tagsCell } from '#src/resources/imagestreams/columns.ts';

function tag(name: string, created?: string): NamedTagEventList {
  const items =
    created === undefined
      ? null
      : [{ created, dockerImageReference: '', image: 'sha256:0', generation: 1 }];
  return { tag: name, items };
}

const at = '2026-11-23T12:00:00Z';

test.for<{ name: string; tags: NamedTagEventList[]; cell: string }>([
  { name: 'no tag', tags: [], cell: '' },
  {
    name: 'newest first, equals by name, those without history last',
    tags: [tag('none'), tag('b', at), tag('a', at), tag('new', '2026-11-23T12:00:01Z')],
    cell: 'new,a,b,none',
  },
  {
    name: 'a first tag that does not fit stands alone',
    tags: [tag('x'.repeat(60), at), tag('y', '2026-11-22T12:00:00Z')],
    cell: `${'x'.repeat(60)} + 1 more...`,
  },
  {
    name: 'a last tag may overshoot a little when much was left for it',
    tags: [tag('a'.repeat(24), at), tag('b'.repeat(24), at), tag('c', at)],
    cell: `${'a'.repeat(24)},${'b'.repeat(24)} + 1 more...`,
  },
  {
    name: 'a last tag that overshoots by more is hidden',
    tags: [tag('a'.repeat(24), at), tag('b'.repeat(25), at)],
    cell: `${'a'.repeat(24)} + 1 more...`,
  },
  {
    name: 'a last tag is hidden when little was left for it',
    tags: [tag('a'.repeat(28), at), tag('b'.repeat(11), at)],
    cell: `${'a'.repeat(28)} + 1 more...`,
  },
])('the Tags cell: $name', ({ tags, cell }) => {
  expect(tagsCell(tags)).toBe(cell);
});

test('the repository outside wins over the source, and that over the inner one', () => {
  const stream: ImageStream = {
    metadata: { name: 'app' },
    spec: { lookupPolicy: { local: false }, dockerImageRepository: 'source' },
    status: { dockerImageRepository: 'inner', publicDockerImageRepository: 'outer' },
  };
  const cells = imageStreamColumns.map((column) => column.cell(stream, Date.parse(at)));
  expect(cells).toEqual(['app', 'outer', '', '']);
});
