import { expect, test } from 'vitest';
import type { ImageTag, NamedTagEventList, TagReference } from '#src/domain/types.ts';
import { imageTagColumns } from '#src/resources/imagetags/columns.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const twoDaysAgo = '2026-11-21T12:00:00Z';
const twoHoursAgo = '2026-11-23T10:00:00Z';

function spec(fields: Partial<TagReference>): TagReference {
  return {
    name: '',
    annotations: null,
    generation: null,
    importPolicy: {},
    referencePolicy: { type: 'Source' },
    ...fields,
  };
}

function status(
  items: readonly [generation: number, image: string, reference?: string][],
  failed?: string,
): NamedTagEventList {
  return {
    tag: '',
    items: items.map(([generation, image, reference]) => ({
      created: twoDaysAgo,
      dockerImageReference: reference ?? '',
      image,
      generation,
    })),
    ...(failed === undefined
      ? {}
      : {
          conditions: [
            {
              type: 'ImportSuccess' as const,
              status: 'False' as const,
              lastTransitionTime: twoHoursAgo,
              reason: failed,
              generation: 1,
            },
          ],
        }),
  };
}

const pinned = { kind: 'ImageStreamImage', name: 'a@sha256:0000000000' };

test.for<{
  name: string;
  spec: TagReference | null;
  status: NamedTagEventList | null;
  row: unknown[];
}>([
  { name: 'nothing', spec: null, status: null, row: ['', '', null, ''] },
  { name: 'a spec without from', spec: spec({}), status: null, row: ['', '', null, ''] },
  {
    name: 'an empty from',
    spec: spec({ from: {} }),
    status: null,
    row: ['Tag', 'InvalidRefKind', null, ''],
  },
  {
    name: 'a reference',
    spec: spec({ reference: true, from: { kind: 'DockerImage', name: 'a/b:c' } }),
    status: null,
    row: ['Ref', 'a/b:c', null, ''],
  },
  {
    name: 'another stream',
    spec: spec({ from: { kind: 'ImageStreamTag', name: 'b:c' } }),
    status: null,
    row: ['Tag', 'istag/b:c', null, ''],
  },
  {
    name: 'an image without a stream',
    spec: spec({ from: { kind: 'ImageStreamImage', name: 'sha256:0000000000' } }),
    status: null,
    row: ['Tag', 'InvalidRefName', null, ''],
  },
  {
    name: 'scheduled, of another namespace',
    spec: spec({
      importPolicy: { scheduled: true },
      from: { kind: 'ImageStreamTag', namespace: 'a', name: 'b:c' },
    }),
    status: null,
    row: ['Scheduled', 'istag a/b:c', null, ''],
  },
  {
    name: 'pinned',
    spec: spec({ from: pinned }),
    status: null,
    row: ['Tag', 'image/sha256:0000000000', null, ''],
  },
  {
    name: 'failed',
    spec: spec({ from: pinned }),
    status: status([], 'AbjectFailure'),
    row: ['Tag', 'ImportFailed (AbjectFailure)', null, '2 hours ago'],
  },
  {
    name: 'behind its spec',
    spec: spec({ from: pinned, generation: 2 }),
    status: status([[1, 'sha256:0']]),
    row: ['Tag', 'Importing', 1, '2 days ago'],
  },
  {
    name: 'up to date',
    spec: spec({ from: pinned, generation: 2 }),
    status: status([
      [2, 'sha256:0000000000'],
      [1, 'sha256:0000000001'],
    ]),
    row: ['Tag', 'image/sha256:0000000000', 2, '2 days ago'],
  },
  {
    name: 'only pushed',
    spec: null,
    status: status([[1, 'sha256:0000000000']]),
    row: ['Push', 'image/sha256:0000000000', 1, '2 days ago'],
  },
  {
    name: 'pushed over a spec',
    spec: spec({ from: pinned, generation: 3 }),
    status: status([
      [4, 'sha256:0000000002'],
      [3, 'sha256:0000000000'],
    ]),
    row: ['Push', 'image/sha256:0000000002', 2, '2 days ago'],
  },
  {
    name: 'pushed without an image',
    spec: null,
    status: status([[1, '', 'a/b:c']]),
    row: ['Push', 'a/b:c', 1, '2 days ago'],
  },
  {
    name: 'an alias whose target moved',
    spec: spec({ from: { kind: 'ImageStreamTag', name: 'other' }, generation: 1 }),
    status: status([[2, 'sha256:0000000002']]),
    row: ['Track', 'image/sha256:0000000002', 1, '2 days ago'],
  },
])('the row of a tag: $name', ({ spec: intent, status: history, row }) => {
  const tag: ImageTag = { metadata: { name: 'foo:0' }, spec: intent, status: history, image: null };
  expect(imageTagColumns.slice(1).map((column) => column.cell(tag, now))).toEqual(row);
});
