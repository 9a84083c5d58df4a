/** A real Redis (or Valkey) on a free port of 127.0.0.1, set up as Sluice wants it: append-only file, no eviction. */
import { freePort } from '../free-port.ts';
import { tempDir, type TempDir } from '../temp-dir.ts';
import { argvOf } from './argv.ts';
import { startProcess, type RunningProcess } from './process.ts';

export interface RedisOptions {
  /** Asked for with AUTH; default none. */
  readonly password?: string;
  /** Default `noeviction`. */
  readonly maxmemoryPolicy?: string;
}

/** A running Redis. Disposing of it stops it and removes its data. */
export interface Redis extends AsyncDisposable {
  /** `redis://127.0.0.1:PORT`, with the password when it has one. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  logs(): string;
  /** Stops it as an operator does; the data stays until it is disposed of. */
  stop(): Promise<void>;
  kill9(): Promise<void>;
  /** Starts it again on the same port with the same data, or with none when `empty`. */
  start(options?: { readonly empty?: boolean }): Promise<void>;
}

/** Starts a Redis; it accepts connections when this resolves. */
export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  return startOnFreePort(options, 3);
}

async function startOnFreePort(options: RedisOptions, attempts: number): Promise<Redis> {
  const redis = new RunningRedis(await freePort(), options);
  try {
    await redis.start();
    return redis;
  } catch (error) {
    await redis[Symbol.asyncDispose]();
    if (attempts === 1) throw error;
    // Another process may have taken the port in between.
    return startOnFreePort(options, attempts - 1);
  }
}

class RunningRedis implements Redis {
  readonly port: number;
  readonly #options: RedisOptions;
  #directory: TempDir = tempDir('redis');
  #process: RunningProcess | undefined;

  constructor(port: number, options: RedisOptions) {
    this.port = port;
    this.#options = options;
  }

  get url(): string {
    const { password } = this.#options;
    const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    return `redis://${credentials}127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  logs(): string {
    return this.#process?.logs() ?? '';
  }

  async start({ empty = false }: { readonly empty?: boolean } = {}): Promise<void> {
    if (empty) {
      this.#directory[Symbol.dispose]();
      this.#directory = tempDir('redis');
    }
    const { path } = this.#directory;
    const settings: Record<string, string> = {
      port: String(this.port),
      bind: '127.0.0.1',
      dir: path,
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      'maxmemory-policy': this.#options.maxmemoryPolicy ?? 'noeviction',
      daemonize: 'no',
      ...(this.#options.password !== undefined && { requirepass: this.#options.password }),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    this.#process = await startProcess(argvOf('redis', args, { directories: [path] }), {
      ready: /Ready to accept connections/u,
    });
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async kill9(): Promise<void> {
    await this.#process?.kill9();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9();
    this.#directory[Symbol.dispose]();
  }
}
