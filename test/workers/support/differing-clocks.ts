import type { DatabaseConnection } from '#src/lib/database-connection.ts';
import { clockShiftedBy, minuteMs } from '#test/support/clock-shift.ts';
import { urlOf } from '#test/support/postgres.ts';
import { startServer, startWorker, type Server, type Worker } from '#test/support/server.ts';
import { startRedis } from '#test/support/services/redis.ts';
import { tempDir } from '#test/support/temp-dir.ts';

export const periodMs = 2_000;

/** An installation whose machines disagree on the time by up to eight minutes. */
export interface DifferingClocks extends AsyncDisposable {
  /** Four minutes ahead of the right time, and four behind. */
  readonly servers: readonly [Server, Server];
  readonly workers: { readonly behind: Worker; readonly right: Worker; readonly ahead: Worker };
}

const behindMs = -4 * minuteMs;
const aheadMs = 4 * minuteMs;

/** Starts two servers and three workers on one record, with the queue there or on Redis. */
export async function startDifferingClocks(
  connection: DatabaseConnection,
  withRedis: boolean,
): Promise<DifferingClocks> {
  const stack = new AsyncDisposableStack();
  const redis = withRedis ? stack.use(await startRedis()) : undefined;
  const { path: dataDir } = stack.use(tempDir('clocks'));
  const common = [
    `--database-url=${urlOf(connection)}`,
    ...(redis === undefined ? [] : [`--redis-url=${redis.url}`]),
    `--schedule-interval=${periodMs}ms`,
    '--job-lock=2s',
    '--log-level=warn',
  ];
  const server = async (shiftMs: number): Promise<Server> => {
    const options = { dataDir, args: [...common, '--workers=0'], env: clockShiftedBy(shiftMs) };
    return stack.use(await startServer(options));
  };
  const worker = async (shiftMs: number): Promise<Worker> => {
    const args = [...common, `--data-dir=${dataDir}`, '--workers=3'];
    return stack.use(await startWorker(args, clockShiftedBy(shiftMs)));
  };
  try {
    // The first makes what the others need: schema, key and certificates.
    const first = await server(aheadMs);
    const [second, behind, right, ahead] = await Promise.all([
      server(behindMs),
      worker(behindMs),
      worker(0),
      worker(aheadMs),
    ]);
    return {
      servers: [first, second],
      workers: { behind, right, ahead },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
