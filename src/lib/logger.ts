/**
 * Structured log. The message is a constant and everything that varies stands in `data`, so that lines group;
 * never put a credential, a secret's data or an unredacted URL in either.
 */
export interface Logger {
  debug(message: string, data?: LogData): void;
  info(message: string, data?: LogData): void;
  warn(message: string, data?: LogData): void;
  error(message: string, data?: LogData): void;
}

/** Values beside a message; an `Error` belongs under the key `error`. */
export type LogData = Readonly<Record<string, unknown>>;

/** A logger that says nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
