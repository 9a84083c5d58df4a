import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

import { backoffMs } from '#src/lib/backoff.ts';
import { systemClock } from '#src/lib/clock.ts';
import type { DatabaseConnection } from '#src/lib/database-connection.ts';
import type { Logger } from '#src/lib/logger.ts';

import { openCluster, type Cluster } from './cluster.ts';
import { EmbeddedServerError } from './errors.ts';
import { askServer } from './probe.ts';

/** A PostgreSQL that runs as a child of this process, reached by a unix socket in the data directory only. */
export interface EmbeddedServer extends AsyncDisposable {
  readonly connection: DatabaseConnection;
  /** Process id of the postmaster; it changes when a crashed server was started again. */
  readonly pid: number;
  /** Ends all sessions, writes everything down and waits for the exit. Close pools first. */
  stop(): Promise<void>;
}

export interface EmbeddedServerOptions {
  /** Made when it does not exist; everything is kept in its folder `pg`. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** Folder with `postgres` and `initdb` of another PostgreSQL; that of the npm package when absent. */
  readonly binDir?: string;
}

const readyWithinMs = 60_000;
/** A predecessor that was killed takes a moment to write its data down; then its lock is free. */
const predecessorWithinMs = 15_000;
/** The second is said when a killed server's sessions have not noticed yet. */
const isHeld = /lock file "\S+" already exists|shared memory block .* still in use/;
const stopWithinMs = 8_000;
const restartBackoff = { baseMs: 100, capMs: 5_000 };

/**
 * Starts PostgreSQL on a data directory and keeps it running until `stop`.
 * @throws {EmbeddedServerError} when it cannot be started; the message is one line for the user
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const cluster = await open(path.resolve(options.dataDir), options.binDir);
  const server = new Supervisor(cluster, embeddedConnection(options.dataDir), options.logger);
  await server.start();
  return server;
}

/** Where the PostgreSQL of a data directory is reached, by other processes of the same user too. */
export function embeddedConnection(dataDir: string): DatabaseConnection {
  const host = path.join(path.resolve(dataDir), 'pg');
  return { host, port: 5432, user: 'postgres', database: 'postgres' };
}

async function open(dataDir: string, binDir: string | undefined): Promise<Cluster> {
  try {
    return await openCluster(dataDir, binDir);
  } catch (error) {
    if (error instanceof EmbeddedServerError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the data directory ${dataDir} cannot be used: ${reason}`;
    throw new EmbeddedServerError('NotReachable', message, { cause: error });
  }
}

class Supervisor implements EmbeddedServer {
  readonly connection: DatabaseConnection;
  readonly #cluster: Cluster;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  #postmaster: Postmaster | undefined;
  #restarting: Promise<void> = Promise.resolve();

  constructor(cluster: Cluster, connection: DatabaseConnection, logger: Logger) {
    this.#cluster = cluster;
    this.connection = connection;
    this.#logger = logger;
  }

  get pid(): number {
    return this.#postmaster?.pid ?? 0;
  }

  async start(): Promise<void> {
    const deadline = Date.now() + predecessorWithinMs;
    for (;;) {
      const postmaster = new Postmaster(this.#cluster, this.#logger);
      const failure = await this.#becomesReady(postmaster);
      if (failure === undefined) {
        this.#postmaster = postmaster;
        postmaster.onExit(() => {
          if (!this.#stopping.signal.aborted) this.#restarting = this.#restart();
        });
        return;
      }
      await postmaster.stop();
      if (failure.code !== 'InUse' || Date.now() > deadline) throw failure;
      await this.#refuseWhenOwned();
      await systemClock.sleep(100);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#restarting;
    await this.#postmaster?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #becomesReady(postmaster: Postmaster): Promise<EmbeddedServerError | undefined> {
    const deadline = Date.now() + readyWithinMs;
    while (!postmaster.exited && Date.now() < deadline) {
      const answer = await askServer(this.connection);
      if (answer?.pid === postmaster.pid) return undefined;
      await systemClock.sleep(20);
    }
    const cause = new Error(postmaster.said.trim());
    if (postmaster.exited && isHeld.test(postmaster.said)) {
      const message = `the data directory ${this.#cluster.dataDir} is in use by another PostgreSQL`;
      return new EmbeddedServerError('InUse', message, { cause });
    }
    const message = `the embedded PostgreSQL in ${this.#cluster.directory} did not start: ${lastLine(postmaster.said)}`;
    return new EmbeddedServerError('StartFailed', message, { cause });
  }

  /** A server that answers is at work for somebody; one that does not is shutting down, and worth waiting for. */
  async #refuseWhenOwned(): Promise<void> {
    const answer = await askServer(this.connection);
    if (answer === undefined) return;
    throw new EmbeddedServerError(
      'InUse',
      `the data directory ${this.#cluster.dataDir} is in use by process ${answer.owner ?? answer.pid} (PostgreSQL ${answer.pid}); stop it or choose another with --data-dir`,
    );
  }

  async #restart(): Promise<void> {
    for (let attempt = 1; !this.#stopping.signal.aborted; attempt += 1) {
      this.#logger.error('embedded PostgreSQL ended, starting it again', { attempt });
      try {
        await this.start();
        return;
      } catch (error) {
        this.#logger.error('embedded PostgreSQL did not start again', { error });
        const ms = backoffMs(restartBackoff, attempt, Math.random);
        await systemClock.sleep(ms, this.#stopping.signal).catch(() => undefined);
      }
    }
  }
}

/** One run of the server process. */
class Postmaster {
  readonly #child: ChildProcess;
  readonly #exit: Promise<void>;
  exited = false;
  /** The last it wrote to its log. */
  said = '';

  constructor({ directory, socketDir, binaries, launcher }: Cluster, logger: Logger) {
    const settings = {
      listen_addresses: '',
      port: '5432',
      unix_socket_directories: socketDir,
      unix_socket_permissions: '0700',
      max_connections: '120',
      // Names our process to whoever finds the directory taken.
      cluster_name: `sluice-${process.pid}`,
      jit: 'off',
      // Parallel workers need /dev/shm, of which containers have little.
      max_parallel_workers_per_gather: '0',
      log_min_messages: 'warning',
      // Statements and row values stay out of the log.
      log_min_error_statement: 'panic',
      log_error_verbosity: 'terse',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const { command, args, ...identity } = launcher.invoke(
      binaries.postgres,
      ['-D', directory, ...flags],
      true,
    );
    // A process group of its own: Ctrl-C on the terminal must reach Sluice alone, which stops PostgreSQL last.
    this.#child = spawn(command, args, {
      ...identity,
      cwd: '/',
      env: { ...binaries.env },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.said = (this.said + chunk.toString()).slice(-4000);
      logger.debug('embedded PostgreSQL', { log: chunk.toString().trim() });
    });
    this.#exit = new Promise((resolve) => {
      const ended = (): void => {
        this.exited = true;
        resolve();
      };
      this.#child.once('error', (error) => {
        this.said += error.message;
        ended();
      });
      this.#child.once('close', ended);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  onExit(listener: () => void): void {
    void this.#exit.then(listener);
  }

  async stop(): Promise<void> {
    if (!this.exited) this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGQUIT'), stopWithinMs);
    await this.#exit;
    clearTimeout(timer);
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
