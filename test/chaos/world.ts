/**
 * A whole installation as processes: registry behind a proxy, Redis, PostgreSQL, two servers, three workers. The clocks of
 * the machines on which servers and workers run differ by minutes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { clockShiftedBy, minuteMs } from '#test/support/clock-shift.ts';
import { sql, startTestDatabase, urlOf, type TestDatabase } from '#test/support/postgres.ts';
import { startCountingProxy, type CountingProxy } from '#test/support/counting-proxy.ts';
import { startServer, startWorker, type Server, type Worker } from '#test/support/server.ts';
import { startRedis, type Redis } from '#test/support/services/redis.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';
import { tempDir, type TempDir } from '#test/support/temp-dir.ts';

/** What all workers together may ask of the registry. */
export const budget = { requestsPerSecond: 60, inFlight: 6 } as const;

/** How far the clocks of machines are ahead, in minutes, one after the other. */
const serverShifts = [3, -5];
const workerShifts = [-4, 4, 0];

function clockOf(index: number, shifts: readonly number[]): Readonly<Record<string, string>> {
  return clockShiftedBy((shifts[index % shifts.length] ?? 0) * minuteMs);
}

export interface WorldSize {
  readonly workers: number;
  readonly servers: number;
  /** Where the queue is; Redis when absent. */
  readonly queue?: 'redis' | 'postgres';
}

export class World implements AsyncDisposable {
  readonly registry: Registry;
  readonly proxy: CountingProxy;
  /** Absent where the queue is on PostgreSQL. */
  readonly redis: Redis | undefined;
  readonly database: TestDatabase;
  readonly servers: Server[] = [];
  readonly workers: Worker[] = [];
  /** Processes that ended by themselves, with what they said. */
  readonly fallen: string[] = [];
  readonly #directory: TempDir;
  readonly #url: string;
  readonly #registriesFile: string;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    parts: Pick<World, 'registry' | 'proxy' | 'redis' | 'database'>,
  ) {
    this.#parts = stack;
    this.registry = parts.registry;
    this.proxy = parts.proxy;
    this.redis = parts.redis;
    this.database = parts.database;
    this.#directory = tempDir('chaos');
    this.#registriesFile = join(this.#directory.path, 'registries.yaml');
    writeFileSync(
      this.#registriesFile,
      JSON.stringify({ registries: { [parts.proxy.host]: budget } }),
    );
    this.#url = urlOf(parts.database.connection);
  }

  static async start({ workers, servers, queue = 'redis' }: WorldSize): Promise<World> {
    const stack = new AsyncDisposableStack();
    const registry = stack.use(await startRegistry());
    const proxy = stack.use(await startCountingProxy(registry.url));
    const redis = queue === 'redis' ? stack.use(await startRedis()) : undefined;
    const database = stack.use(await startTestDatabase());
    const world = new World(stack, { registry, proxy, redis, database });
    try {
      for (let index = 0; index < servers; index += 1) await world.startServer(index);
      await Promise.all(Array.from({ length: workers }, (_, index) => world.startWorker(index)));
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  async startServer(index: number): Promise<void> {
    const server = await startServer({
      dataDir: this.#directory.path,
      args: [...this.#common(), '--workers=0'],
      env: clockOf(index, serverShifts),
    });
    this.servers[index] = server;
    void this.#noteFall(`server ${index}`, server);
  }

  async startWorker(index: number): Promise<void> {
    const worker = await startWorker(
      [...this.#common(), `--data-dir=${this.#directory.path}`, '--workers=4'],
      clockOf(index, workerShifts),
    );
    this.workers[index] = worker;
    void this.#noteFall(`worker ${index}`, worker);
  }

  /** Cuts a third of all sessions, as a failover does. */
  async cutSessions(): Promise<void> {
    await sql(
      this.database.connection,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and random() < 0.33`,
    );
  }

  /** Kills PostgreSQL and waits until it has recovered. */
  async killDatabase(): Promise<void> {
    process.kill(this.database.server.pid, 'SIGKILL');
    for (;;) {
      await new Promise((resolve) => {
        setTimeout(resolve, 500);
      });
      const answers = await sql(this.database.connection, 'select 1').then(
        () => true,
        () => false,
      );
      if (answers) return;
    }
  }

  /** Stops servers and workers as an operator does; answers their exit codes. */
  async stop(): Promise<(number | null)[]> {
    return Promise.all([
      ...this.servers.map((server) => server.stop()),
      ...this.workers.map((worker) => worker.stop(12_000)),
    ]);
  }

  logs(): string {
    return [...this.servers, ...this.workers].map((each) => each.logs()).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.servers, ...this.workers].map((each) => each.kill9()));
    await this.#parts.disposeAsync();
    this.#directory[Symbol.dispose]();
  }

  async #noteFall(name: string, running: Pick<Server, 'exited' | 'logs'>): Promise<void> {
    const code = await running.exited;
    // Faults end processes by signals, and one that is told to stop exits with 0.
    if (code !== null && code !== 0)
      this.fallen.push(`${name} ended with ${code}:\n${running.logs()}`);
  }

  #common(): string[] {
    return [
      `--database-url=${this.#url}`,
      ...(this.redis === undefined ? [] : [`--redis-url=${this.redis.url}`]),
      '--schedule-interval=3s',
      `--registries-config=${this.#registriesFile}`,
      '--job-lock=3s',
      '--log-level=warn',
    ];
  }
}
