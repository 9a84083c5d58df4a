import type { Change, ImageDiff } from '../image-diff.ts';
import { humanSize } from '../output/human-size.ts';
import { sizeChange } from '../tag-history.ts';

/** A label of an image that names the revision of its sources (OCI image-spec annotations). */
const revisionLabel = 'label org.opencontainers.image.revision';

/** A difference of two images as lines: `-` is only in the first, `+` only in the second. */
export function diffText(diff: ImageDiff): string {
  const lines = [`--- ${diff.from}`, `+++ ${diff.to}`];
  if (diff.from === diff.to) return [...lines, 'The images are the same.', ''].join('\n');
  const revision = diff.changes.find(({ what }) => what === revisionLabel);
  if (revision !== undefined)
    lines.push(`source revision: ${revision.from ?? 'unknown'} -> ${revision.to ?? 'unknown'}`);
  for (const change of diff.changes) lines.push(...changeLines(change));
  lines.push(`layers: ${diff.sharedLayers} shared`);
  for (const { name, size } of diff.removedLayers) lines.push(`- layer ${name} ${humanSize(size)}`);
  for (const { name, size } of diff.addedLayers) lines.push(`+ layer ${name} ${humanSize(size)}`);
  return `${lines.join('\n')}\n`;
}

function changeLines({ what, from, to }: Change): string[] {
  if (what === 'size' && from !== undefined && to !== undefined)
    return [
      `size: ${humanSize(Number(from))} -> ${humanSize(Number(to))} (${sizeChange(Number(to) - Number(from))})`,
    ];
  return [
    ...(from === undefined ? [] : [`- ${what}: ${from}`]),
    ...(to === undefined ? [] : [`+ ${what}: ${to}`]),
  ];
}
