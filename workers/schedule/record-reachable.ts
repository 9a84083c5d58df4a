import { importCondition, newestEvent, statusTag } from '#src/domain/history.ts';
import type { Image, ImageImportStatus, ImageStream } from '#src/domain/types.ts';
import { success } from '#src/meta/status.ts';
import { imageKey } from '#src/resources/imagestreams/streams.ts';
import type { LedgerRow } from '#src/store/ledger.ts';

import type { ImportDeps } from '../import/deps.ts';
import { recordOutcomes } from './record-outcomes.ts';

/**
 * Tags on hold whose registry answers again after a failure: the failure goes, and the tags stay where they are. On record
 * that is an import of the image that each has.
 */
export async function recordReachable(
  deps: ImportDeps,
  stream: ImageStream,
  rows: readonly LedgerRow[],
  signal: AbortSignal,
): Promise<void> {
  const known = rows.map(({ tag, from }) => ({
    tag,
    from,
    outcomeOf: (fresh: ImageStream) => ownImage(deps, fresh, tag),
  }));
  if (known.length > 0) await recordOutcomes(deps, stream, known, signal);
}

async function ownImage(
  { objects }: ImportDeps,
  stream: ImageStream,
  tag: string,
): Promise<ImageImportStatus | undefined> {
  const newest = newestEvent(stream, tag);
  if (newest === undefined || importCondition(statusTag(stream, tag)) === undefined)
    return undefined;
  const image = await objects.get<Image>(imageKey(newest.image));
  if (image === undefined) return undefined;
  const { dockerImageReference } = newest;
  return { status: success(), image: { ...image, dockerImageReference } };
}
