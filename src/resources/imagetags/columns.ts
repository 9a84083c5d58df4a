import type { Column } from '#src/apiserver/resource.ts';
import type { ImageTag, NamedTagEventList, TagEvent, TagReference } from '#src/domain/types.ts';

import { ago, nameColumn, textColumn } from '../cells.ts';

export const imageTagColumns: readonly Column<ImageTag>[] = [
  nameColumn,
  textColumn(
    'Spec',
    'What the tag follows: Tag, Ref, Scheduled, Track, or Push when it was pushed.',
    (tag: ImageTag) => specCell(tag),
  ),
  textColumn('Status', 'What the tag is, or what went wrong.', (tag: ImageTag) => statusCell(tag)),
  {
    name: 'History',
    type: 'number',
    format: '',
    description: 'How many images the tag has been.',
    priority: 0,
    cell: (tag: ImageTag) => tag.status?.items?.length || null,
  },
  textColumn('Updated', 'When the tag or its condition last changed.', (tag: ImageTag, now) =>
    updatedCell(tag.status, now),
  ),
];

/** Where the image comes from, in one word. */
function specCell({ spec, status }: ImageTag): string {
  const word = spec === null ? '' : specWord(spec);
  const newest = status?.items?.[0];
  if (newest === undefined) return word;
  return isPushed(word, spec, newest) ? 'Push' : word;
}

/** What the tag points at, the state of its import, or its failure. */
function statusCell({ spec, status }: ImageTag): string {
  const failed = status?.conditions?.find(
    (condition) => condition.type === 'ImportSuccess' && condition.status === 'False',
  );
  if (failed !== undefined) return `ImportFailed (${failed.reason ?? ''})`;
  const newest = status?.items?.[0];
  if (newest === undefined) return spec === null ? '' : sourceCell(spec);
  if (isPending(spec, newest)) return 'Importing';
  return newest.image === '' ? newest.dockerImageReference : `image/${newest.image}`;
}

function specWord(spec: TagReference): string {
  const { from } = spec;
  if (from === undefined) return '';
  const tracks = from.kind === 'ImageStreamTag' && !(from.name ?? '').includes(':');
  if (tracks) return 'Track';
  if (spec.importPolicy.scheduled === true) return 'Scheduled';
  return spec.reference === true ? 'Ref' : 'Tag';
}

function isPushed(word: string, spec: TagReference | null, newest: TagEvent): boolean {
  if (word === '') return newest.image !== '' || newest.dockerImageReference !== '';
  const intent = spec?.generation ?? 0;
  return word !== 'Track' && intent > 0 && newest.generation > 0 && newest.generation > intent;
}

function isPending(spec: TagReference | null, newest: TagEvent): boolean {
  const intent = spec?.generation ?? 0;
  return intent > 0 && newest.generation > 0 && newest.generation < intent;
}

function sourceCell(spec: TagReference): string {
  const { from } = spec;
  if (from === undefined) return '';
  const name = from.name ?? '';
  switch (from.kind) {
    case 'DockerImage':
      return name;
    case 'ImageStreamImage': {
      const at = name.indexOf('@');
      return at < 0 ? 'InvalidRefName' : `image/${name.slice(at + 1)}`;
    }
    case 'ImageStreamTag':
      return from.namespace === undefined || from.namespace === ''
        ? `istag/${name}`
        : `istag ${from.namespace}/${name}`;
    case undefined:
    default:
      return 'InvalidRefKind';
  }
}

function updatedCell(status: NamedTagEventList | null, now: number): string {
  const times = [
    status?.items?.[0]?.created,
    ...(status?.conditions ?? []).map((condition) => condition.lastTransitionTime),
  ].filter((time) => time !== undefined && time !== null);
  const newest = times.toSorted().at(-1);
  return newest === undefined ? '' : ago(newest, now);
}
