import type { Logger } from '#src/lib/logger.ts';

/** A backend that is away fails several times a second; more lines than one in this time say nothing new. */
const quietMs = 30_000;

/**
 * A listener for the errors of a queue and of workers on it: logs them, a repeated one every half minute. Without a
 * listener an error would end the process.
 */
export function problemListener(queue: string, logger: Logger): (error: Error) => void {
  let last = { text: '', at: 0 };
  let repeated = 0;
  return (error) => {
    const now = Date.now();
    if (error.message === last.text && now - last.at < quietMs) {
      repeated += 1;
      return;
    }
    const more = repeated > 0 ? { repeated } : {};
    logger.warn('the queue cannot be reached', { queue, ...more, error });
    last = { text: error.message, at: now };
    repeated = 0;
  };
}
