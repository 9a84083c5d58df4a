import type { Column } from '#src/apiserver/resource.ts';
import type { ImageStream, NamedTagEventList } from '#src/domain/types.ts';

import { ago, nameColumn, textColumn } from '../cells.ts';

/** Characters that the tag names of one stream may take, each with its comma. */
const tagsBudget = 40;
/** A last tag that does not fit is still shown when it overshoots by at most a quarter of the budget … */
const overshoot = tagsBudget / 4;
/** … and more than this was left for it. */
const worthwhile = 11;

export const imageStreamColumns: readonly Column<ImageStream>[] = [
  nameColumn,
  textColumn(
    'Image Repository',
    'Where the stream can be pulled from; empty until that is known.',
    (stream: ImageStream) =>
      stream.status.publicDockerImageRepository ||
      stream.spec.dockerImageRepository ||
      stream.status.dockerImageRepository,
  ),
  textColumn('Tags', 'The tags, most recently changed first.', (stream: ImageStream) =>
    tagsCell(stream.status.tags ?? []),
  ),
  textColumn('Updated', 'When a tag last changed.', (stream: ImageStream, now) => {
    const newest = newestFirst(stream.status.tags ?? [])[0]?.items?.[0];
    return newest === undefined ? '' : ago(newest.created, now);
  }),
];

/** Tag names, newest first, as many as fit; the rest is counted. */
export function tagsCell(tags: readonly NamedTagEventList[]): string {
  const names = newestFirst(tags).map((tag) => tag.tag);
  let left = tagsBudget;
  let shown = 0;
  for (const name of names) {
    const after = left - name.length - 1;
    const fits = after >= 0 || shown === 0 || (left > worthwhile && -after <= overshoot);
    if (!fits) break;
    shown += 1;
    left = after;
    if (after < 0) break;
  }
  const text = names.slice(0, shown).join(',');
  const hidden = names.length - shown;
  return hidden === 0 ? text : `${text} + ${hidden} more...`;
}

function newestFirst(tags: readonly NamedTagEventList[]): NamedTagEventList[] {
  return tags.toSorted((a, b) => {
    const difference = createdOf(b) - createdOf(a);
    if (difference !== 0) return difference;
    return a.tag < b.tag ? -1 : 1;
  });
}

/** -1 for tags without history, or with one of no known time, so that they come last. */
function createdOf(tag: NamedTagEventList): number {
  const created = tag.items?.[0]?.created ?? '';
  return created === '' ? -1 : Math.round(Date.parse(created) / 1000);
}
