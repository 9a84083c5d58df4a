import { scheduleOf } from './schedule.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Ledger } from '#src/store/ledger.ts';

import type { Change, Listener } from './informer.ts';
import { identityOf } from './streams.ts';

export interface ScheduleControllerOptions {
  readonly ledger: Pick<Ledger, 'put'>;
  readonly clock: Clock;
  /** Milliseconds between two checks of a tag. */
  readonly periodMs: number;
}

/** Keeps the ledger in step with the scheduled tags of all streams. A stream that is gone is taken out at its next check. */
export class ScheduleController implements Listener<ImageStream> {
  readonly #options: ScheduleControllerOptions;

  constructor(options: ScheduleControllerOptions) {
    this.#options = options;
  }

  async apply(changes: readonly Change<ImageStream>[]): Promise<void> {
    const { ledger, clock, periodMs } = this.#options;
    for (const { type, object, previous } of changes) {
      const tags = type === 'deleted' ? [] : scheduleOf(object, periodMs);
      const before = previous === undefined ? [] : scheduleOf(previous, periodMs);
      if (JSON.stringify(tags) === JSON.stringify(before) && type !== 'deleted') continue;
      await ledger.put(identityOf(object), tags, clock.now());
    }
  }
}
