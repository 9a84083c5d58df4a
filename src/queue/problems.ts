import type { Logger } from '#src/lib/logger.ts';

/** A backend that is away fails several times a second; more lines than one in this time say nothing new. */
const quietMs = 30_000;

interface Emitter {
  readonly name: string;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Logs the errors of a queue or worker, a repeated one every half minute. Without a listener an error would end the
 * process.
 */
export function reportProblems(emitter: Emitter, logger: Logger): void {
  let last = { text: '', at: 0 };
  let repeated = 0;
  emitter.on('error', (error) => {
    const now = Date.now();
    if (error.message === last.text && now - last.at < quietMs) {
      repeated += 1;
      return;
    }
    const more = repeated > 0 ? { repeated } : {};
    logger.warn('the queue cannot be reached', { queue: emitter.name, ...more, error });
    last = { text: error.message, at: now };
    repeated = 0;
  });
}
