import { scheduledTags } from './import-plan.ts';
import { referenceOf, repositoryKey } from './reference.ts';
import { secondsOf } from './retention.ts';
import type { ImageStream, TagReference } from './types.ts';

/**
 * Annotations of a spec tag, of its stream, or of the namespace; the nearest counts. `check-interval` is a time such as
 * `6h` between two checks, when it is longer than the setting. `min-age` is how long a digest must have been seen
 * upstream before the schedule moves the tag to it.
 */
export const checkIntervalAnnotation = 'sluice.dev/check-interval';
export const minAgeAnnotation = 'sluice.dev/min-age';

type Annotations = Readonly<Record<string, string>> | null | undefined;

/** A tag that is checked periodically. */
export interface ScheduledTag {
  readonly tag: string;
  readonly from: string;
  /** `host/path` with defaults applied. */
  readonly repository: string;
  readonly periodMs: number;
}

/**
 * The tags of a stream that are checked. One whose pull spec is empty is not: there is nothing to ask for.
 * @param periodMs milliseconds between two checks where no annotation says otherwise
 * @param namespace annotations of the stream's namespace
 */
export function scheduleOf(
  stream: ImageStream,
  periodMs: number,
  namespace?: Annotations,
): ScheduledTag[] {
  return scheduledTags(stream).flatMap((tag) => {
    const from = tag.from?.name ?? '';
    const reference = referenceOf(from);
    if (reference === undefined) return [];
    const wanted = nearest(checkIntervalAnnotation, tag, stream, namespace);
    const repository = repositoryKey(reference);
    return [{ tag: tag.name, from, repository, periodMs: periodFor(wanted, periodMs) }];
  });
}

/** Milliseconds that a digest must have been seen before a tag moves to it; 0 when nothing says so. */
export function minAgeMs(tag: TagReference, stream: ImageStream, namespace?: Annotations): number {
  return (secondsOf(nearest(minAgeAnnotation, tag, stream, namespace) ?? '') ?? 0) * 1000;
}

function nearest(
  annotation: string,
  tag: TagReference,
  stream: ImageStream,
  namespace: Annotations,
): string | undefined {
  return [tag.annotations, stream.metadata.annotations, namespace]
    .map((annotations) => annotations?.[annotation] ?? '')
    .find((value) => secondsOf(value) !== undefined);
}

/** A whole number of the common period, so that tags of one repository keep their turns together. */
function periodFor(wanted: string | undefined, periodMs: number): number {
  const wantedMs = (secondsOf(wanted ?? '') ?? 0) * 1000;
  return Math.max(1, Math.ceil(wantedMs / periodMs)) * periodMs;
}

/** A digest that was seen upstream, and when first, in milliseconds since the epoch. */
export interface Candidate {
  readonly digest: string;
  readonly seenAt: number;
}

/** What a tag with a minimum age does now, and what it remembers. */
export interface AgeVerdict {
  /** The digest to move to; absent while there is none that is old enough and newer than the tag's. */
  readonly take?: string;
  /** What is not old enough yet, oldest first. */
  readonly candidates: readonly Candidate[];
}

/** A tag remembers so many digests; of a tag that moves faster the oldest ones are kept, as they come of age first. */
const maxCandidates = 50;

/**
 * The newest digest that was first seen long enough ago. Its age is counted from the first sight here, which nobody
 * upstream can forge; a digest that upstream has left behind meanwhile counts too, so that a tag that moves more often
 * than the age allows still follows, at a distance. What upstream has gone back on is forgotten.
 * @param current digest that the tag was last brought up to
 */
export function ripen(
  {
    candidates,
    current,
    upstream,
  }: {
    readonly candidates: readonly Candidate[];
    readonly current: string | undefined;
    readonly upstream: string;
  },
  ageMs: number,
  now: number,
): AgeVerdict {
  if (upstream === current) return { candidates: [] };
  const known = candidates.findIndex(({ digest }) => digest === upstream);
  const all =
    known === -1
      ? [...candidates, { digest: upstream, seenAt: now }]
      : candidates.slice(0, known + 1);
  const ripe = all.findLastIndex(({ seenAt }) => seenAt <= now - ageMs);
  const take = all[ripe]?.digest;
  return {
    ...(take === undefined ? {} : { take }),
    candidates: all.slice(ripe + 1).slice(0, maxCandidates),
  };
}
