import type { Logger } from '#src/lib/logger.ts';
import { withoutCredentials } from '#src/lib/redact.ts';

import { ConfigError, readConfig, type Config } from '../config.ts';
import { createLogger } from '../log.ts';
import { usage } from '../config/usage.ts';

/** A started program. */
export interface Program {
  /** Takes up files that have changed: what SIGHUP asks of a program without a terminal. */
  reload?(): Promise<void>;
  /** Ends it; called once. */
  stop(): Promise<void>;
}

/** Supervisors kill after ten seconds. */
const stopWithinMs = 9_000;

/**
 * Runs a program until SIGTERM or SIGINT, then stops it and exits 0. Exits 2 on a setting that cannot be used, 1 when it
 * cannot start.
 */
export async function runProgram(
  command: 'serve' | 'worker',
  start: (config: Config, logger: Logger) => Promise<Program>,
): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(usage(command));
    return;
  }
  const config = configOf(args);
  // Whoever this process starts has no use for it.
  delete process.env['SLUICE_ADMIN_PASSWORD'];
  const logger = createLogger(config.log);
  const stopped = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => stopped.resolve(signal));
  // A terminal that is closed says so with SIGHUP, and nobody wants what ran in it to stay.
  const hasTerminal = process.stdout.isTTY || process.stderr.isTTY;
  process.on('SIGHUP', () => hasTerminal && stopped.resolve('SIGHUP'));
  // Node would print the error with all it holds, and those of requests hold their headers.
  process.on('uncaughtException', (error) => {
    logger.error('a failure that nobody expected', { error });
    process.exit(1);
  });
  process.on('unhandledRejection', (error) => logger.error('a promise was left alone', { error }));
  const program = await Promise.race([started(start(config, logger), logger), stopped.promise]);
  // Nothing was promised to anybody yet, and what was begun is taken up again by the next start.
  if (typeof program === 'string') process.exit(0);
  if (!hasTerminal) process.on('SIGHUP', () => void program.reload?.());
  logger.info('stopping', { signal: await stopped.promise });
  setTimeout(() => {
    logger.warn('stopping took too long; what was under way is done again by others');
    process.exit(0);
  }, stopWithinMs).unref();
  try {
    await program.stop();
  } catch (error) {
    logger.error('stopping failed', { error });
  }
  process.exit(0);
}

async function started(start: Promise<Program>, logger: Logger): Promise<Program> {
  try {
    return await start;
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    logger.debug('start failed', { error });
    return process.exit(1);
  }
}

function configOf(args: readonly string[]): Config {
  try {
    return readConfig(args);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return process.exit(2);
  }
}

function messageOf(error: unknown): string {
  return withoutCredentials(error instanceof Error ? error.message : String(error));
}
