import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { ImportQueue, ScheduleQueue } from '#src/queue/producers.ts';
import type { Ledger } from '#src/store/ledger.ts';
import type { Mailbox } from '#src/store/mailbox.ts';

export interface QueueWatchdogOptions {
  readonly imports: ImportQueue;
  readonly schedule: ScheduleQueue;
  readonly mailbox: Mailbox;
  readonly ledger: Pick<Ledger, 'release' | 'lag'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two checks of a scheduled tag. */
  readonly periodMs: number;
  /** Called when the queue lost its jobs, to have them made again from the record. */
  readonly onLost: () => void;
  /** How often it looks, in milliseconds; default 2,000. */
  readonly lookMs?: number;
}

const defaultLookMs = 2_000;
/** How late the schedule is costs a look at every scheduled tag, so it is looked at less often. */
const looksPerLag = 5;
/** What is due for so many ticks was not handed out by any of them. */
const ticksLate = 3;
/** A tick looks for what became due: this often in a period, within these bounds. */
const ticksPerPeriod = 60;
const tickBoundsMs = { min: 250, max: 10_000 };

/**
 * Notices when the queue was emptied (its clock is gone) and has everything queued again. Ticks itself when the clock is
 * late: the next tick is up to the worker that has the last one, which may be lost, and the time may have been set back.
 */
export class QueueWatchdog {
  readonly #options: QueueWatchdogOptions;

  constructor(options: QueueWatchdogOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, schedule, ledger, logger, onLost, lookMs = defaultLookMs } = this.#options;
    await this.#restore();
    for (let looks = 1; !signal.aborted; looks += 1) {
      await clock.sleep(lookMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (await schedule.isTicking()) {
        if (looks % looksPerLag === 0) await this.#tickIfLate();
        continue;
      }
      logger.warn('the queue lost its jobs; they are made again from the record');
      await ledger.release();
      onLost();
      await this.#restore();
    }
  }

  async #tickIfLate(): Promise<void> {
    const { ledger, schedule, periodMs } = this.#options;
    const { lagMs } = await ledger.lag();
    if (lagMs > ticksLate * tickMs(periodMs)) await schedule.tickNow();
  }

  /** The imports that somebody waits for, and the clock. */
  async #restore(): Promise<void> {
    const { schedule, imports, mailbox, periodMs } = this.#options;
    for (const id of await mailbox.unanswered()) await imports.enqueueRequest(id);
    // Last: that it is missing is how a loss is noticed, again too when something above failed.
    await schedule.startTicking(tickMs(periodMs));
  }
}

/** Milliseconds between ticks for a period. */
export function tickMs(periodMs: number): number {
  const wanted = Math.round(periodMs / ticksPerPeriod);
  return Math.min(Math.max(wanted, tickBoundsMs.min), tickBoundsMs.max);
}
