/** The time of the recording, so that what depends on the order of times comes out as recorded. */
import { systemClock, type Clock } from '#src/lib/clock.ts';

import type { Json, Step } from './steps.ts';

const timePattern = /"(20(?:2[6-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\dZ)"/g;

/** Stands at the time of the current step and goes on from there as real time does. */
export class RecordedClock implements Clock {
  #base = 0;
  #since = 0;

  /** Moves on to the time that the recorded answer shows; never back. */
  enter(step: Step): void {
    const times = timesIn(step.response ?? step.events);
    this.#base = Math.max(this.#base, ...times);
    this.#since = Date.now();
  }

  now(): number {
    return this.#base + (Date.now() - this.#since);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }
}

function timesIn(value: Json): number[] {
  const text = JSON.stringify(value) ?? '';
  return [...text.matchAll(timePattern)].map(([, time]) => Date.parse(time ?? ''));
}
