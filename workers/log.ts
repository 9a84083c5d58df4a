import pino, { type DestinationStream, type Logger as Pino } from 'pino';
import pretty from 'pino-pretty';

import type { LogData, Logger } from '#src/lib/logger.ts';
import { withoutCredentials } from '#src/lib/redact.ts';

import type { Config } from './config.ts';

const stderr = 2;
/** Keys whose values never reach the log, wherever they stand in the data. */
const secretKeys = ['password', 'token', 'authorization', 'auth', 'data', 'secret', 'secrets'];

/** A log of one JSON object a line, or of lines for people on a terminal; on standard error. */
export function createLogger(
  { level, format }: Config['log'],
  destination: DestinationStream = pino.destination({ dest: stderr, sync: true }),
): Logger {
  const chosen = format ?? (process.stderr.isTTY ? 'pretty' : 'json');
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: '[hidden]' },
    serializers: { error: errorFields },
  };
  if (chosen === 'json') return adapt(pino(options, destination));
  const lines = pretty({ destination, colorize: process.stderr.isTTY });
  return adapt(pino(options, lines));
}

function adapt(log: Pino): Logger {
  return {
    debug: (message: string, data: LogData = {}) => log.debug(data, message),
    info: (message: string, data: LogData = {}) => log.info(data, message),
    warn: (message: string, data: LogData = {}) => log.warn(data, message),
    error: (message: string, data: LogData = {}) => log.error(data, message),
  };
}

/** Messages of drivers and registries can hold a URL with user and password. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return withoutCredentials(String(error));
  const { message, stack, cause } = error;
  const code = 'code' in error ? { code: error.code } : {};
  return {
    type: error.name,
    ...code,
    message: withoutCredentials(message),
    ...(stack === undefined ? {} : { stack: withoutCredentials(stack) }),
    ...(cause === undefined ? {} : { cause: errorFields(cause) }),
  };
}
