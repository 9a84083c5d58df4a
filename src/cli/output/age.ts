import { humanDuration } from '#src/meta/duration.ts';

/** The longest duration that Go can hold, in milliseconds: what the age of an unset time comes to. */
const longestMs = 9_223_372_036_854;

/** `2 hours ago`; a time that is not set is about 292 years ago, as in `oc`. */
export function ago(time: string | null | undefined, now: number): string {
  const then = time === null || time === undefined ? Number.NaN : Date.parse(time);
  return `${humanDuration(Number.isNaN(then) ? longestMs : Math.min(now - then, longestMs))} ago`;
}
