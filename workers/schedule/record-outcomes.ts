import { planImport } from '#src/domain/import-plan.ts';
import type { ImageImportSpec, ImageImportStatus, ImageStream } from '#src/domain/types.ts';
import { imageStreamKey } from '#src/resources/imagestreams/streams.ts';

import type { ImportDeps } from '../import/deps.ts';
import { isConflict } from '../import/recorder.ts';

/** A tag whose outcome is known without an import. */
export interface KnownOutcome {
  readonly tag: string;
  /** The pull spec that was asked; where the tag follows another one by now, nothing is recorded. */
  readonly from: string;
  /** Undefined when the fresh stream has nothing to record. */
  outcomeOf(stream: ImageStream): Promise<ImageImportStatus | undefined>;
}

const maxConflicts = 10;

/**
 * Puts outcomes on record as if these tags had been imported; one that is on record already writes nothing.
 * @returns the tags that were recorded, with their pull specs and outcomes
 */
export async function recordOutcomes(
  deps: ImportDeps,
  stream: ImageStream,
  known: readonly KnownOutcome[],
  signal: AbortSignal,
): Promise<{ tag: string; from: string; outcome: ImageImportStatus }[]> {
  const { namespace = '', name = '', uid } = stream.metadata;
  let current: ImageStream | undefined = stream;
  for (let conflicts = 0; conflicts <= maxConflicts; conflicts += 1) {
    if (current === undefined || current.metadata.uid !== uid) return [];
    const found = await foundOn(current, known);
    if (found.length === 0) return [];
    const spec = { import: true, images: found.map(({ image }) => image) };
    const status = { images: found.map(({ outcome }) => outcome) };
    try {
      await deps.recorder.store({ namespace, name, stream: current, spec, signal, status });
      return found.map(({ known: { tag, from }, outcome }) => ({ tag, from, outcome }));
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    current = await deps.objects.get<ImageStream>(imageStreamKey(namespace, name));
  }
  throw new Error(`${namespace}/${name} is written too often to record what checks saw`);
}

interface Found {
  readonly known: KnownOutcome;
  readonly image: ImageImportSpec;
  readonly outcome: ImageImportStatus;
}

/** What there is to record on a stream as it is now. */
async function foundOn(stream: ImageStream, known: readonly KnownOutcome[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const image of planImport(stream, { tags: known.map(({ tag }) => tag) })?.images ?? []) {
    const asked = known.find(({ tag, from }) => tag === image.to?.name && from === image.from.name);
    const outcome = await asked?.outcomeOf(stream);
    if (asked !== undefined && outcome !== undefined) found.push({ known: asked, image, outcome });
  }
  return found;
}
