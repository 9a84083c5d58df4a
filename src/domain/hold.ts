import { epochSeconds } from './time.ts';
import type { TagReference } from './types.ts';

/**
 * Annotations of a scheduled spec tag that keep its schedule from moving it. `hold-until` is an RFC 3339 time, or any
 * other text for a hold without end; removing it releases the tag. `hold-digest` is the digest that upstream has and
 * nobody wants: the hold ends when upstream has another one.
 */
export const holdUntilAnnotation = 'sluice.dev/hold-until';
export const holdDigestAnnotation = 'sluice.dev/hold-digest';
/** What `sluice rollback` writes for a hold without end. */
export const heldUntilReleased = 'released';

/** What a tag's annotations say about its schedule. */
export interface Hold {
  /** RFC 3339; absent when only a release ends the hold. */
  readonly until?: string;
  /** Another digest upstream ends the hold. */
  readonly digest?: string;
}

/** The hold that a tag was put on, whether it has run out or not. */
export function holdOf(tag: TagReference | undefined): Hold | undefined {
  const { [holdUntilAnnotation]: until = '', [holdDigestAnnotation]: digest = '' } =
    tag?.annotations ?? {};
  if (until === '') return undefined;
  return {
    ...(epochSeconds(until) === undefined ? {} : { until }),
    ...(digest === '' ? {} : { digest }),
  };
}

/**
 * Whether the schedule must leave a tag where it is.
 * @param now RFC 3339
 * @param upstream digest that the registry has for the tag now, where that is known
 */
export function isHeld(
  tag: TagReference | undefined,
  now: string,
  upstream: string | undefined,
): boolean {
  const hold = holdOf(tag);
  if (hold === undefined) return false;
  const end = epochSeconds(hold.until ?? '');
  if (end !== undefined && (epochSeconds(now) ?? 0) >= end) return false;
  return hold.digest === undefined || upstream === undefined || upstream === hold.digest;
}
