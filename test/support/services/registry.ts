/** A real registry:2 (docker-registry 2.8) on a free port of 127.0.0.1. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hashSync } from 'bcryptjs';

import { freePort } from '../free-port.ts';
import { tempDir, type TempDir } from '../temp-dir.ts';
import { argvOf } from './argv.ts';
import { startProcess, type RunningProcess } from './process.ts';

export interface RegistryOptions {
  /** Basic authentication with one user. `cost` is bcrypt's, default 4 (fast). */
  readonly htpasswd?: { readonly user: string; readonly password: string; readonly cost?: number };
  /** HTTPS with this certificate, PEM. */
  readonly tls?: {
    readonly certificate: string;
    readonly key: string;
    /** PEM of the authority whose clients are let in; everyone is without it. */
    readonly clientAuthority?: string;
  };
  /** Bearer tokens of this server; `certificates` is the PEM bundle that their signatures are checked with. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly certificates: string;
  };
  /** Where pushes, pulls and deletes are reported to. */
  readonly notifications?: readonly {
    readonly url: string;
    readonly headers?: Readonly<Record<string, readonly string[]>>;
  }[];
  /** Whether manifests and blobs may be deleted; default true. */
  readonly delete?: boolean;
  /** Whether it counts its requests, see `requestCount`; default false. */
  readonly metrics?: boolean;
  /** A fixed port; default a free one. */
  readonly port?: number;
}

/** A running registry. Disposing of it stops it and removes what it stored. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as it stands in a pull spec. */
  readonly host: string;
  /** `http://127.0.0.1:PORT`, `https://` with TLS. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  logs(): string;
  /** Requests so far, by the registry's own count; needs `metrics`. */
  requestCount(): Promise<number>;
  /** Stops it; what it stored stays until it is disposed of. */
  stop(): Promise<void>;
  kill9(): Promise<void>;
  /** Starts it again on the same port with the same storage. */
  start(): Promise<void>;
}

/** Starts a registry; it answers requests when this resolves. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const directory = tempDir('registry');
  const registry = new RunningRegistry(directory, options);
  try {
    await registry.start();
  } catch (error) {
    directory[Symbol.dispose]();
    throw error;
  }
  return registry;
}

class RunningRegistry implements Registry {
  port: number;
  readonly #directory: TempDir;
  readonly #options: RegistryOptions;
  readonly #secret = randomBytes(16).toString('hex');
  #metricsPort = 0;
  #process: RunningProcess | undefined;

  constructor(directory: TempDir, options: RegistryOptions) {
    this.#directory = directory;
    this.#options = options;
    this.port = options.port ?? 0;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://${this.host}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  logs(): string {
    return this.#process?.logs() ?? '';
  }

  async start(): Promise<void> {
    const { path } = this.#directory;
    const file = join(path, 'config.yml');
    if (this.#options.metrics === true) this.#metricsPort ||= await freePort();
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(this.#configuration(), undefined, 2));
    this.#process = await startProcess(
      argvOf('registry', ['serve', file], { directories: [path] }),
      {
        ready: /listening on /u,
        // Variables that start with REGISTRY_ would override the file.
        env: { PATH: process.env['PATH'], HOME: path },
      },
    );
    const port = /listening on [^ "]*:(?<port>\d+)/u.exec(this.#process.readyLine)?.groups?.[
      'port'
    ];
    this.port = Number(port);
  }

  async requestCount(): Promise<number> {
    const metrics = await (await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`)).text();
    const counters = metrics.matchAll(/^registry_http_requests_total\{.*\} (?<count>\S+)$/gmu);
    return [...counters].reduce((sum, match) => sum + Number(match.groups?.['count']), 0);
  }

  async stop(): Promise<void> {
    await this.#process?.stop(2_000);
  }

  async kill9(): Promise<void> {
    await this.#process?.kill9();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9();
    this.#directory[Symbol.dispose]();
  }

  #configuration(): object {
    const { path } = this.#directory;
    const { notifications = [], tls } = this.#options;
    return {
      version: '0.1',
      log: { level: 'info', formatter: 'text', accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: join(path, 'data') },
        cache: { blobdescriptor: 'inmemory' },
        delete: { enabled: this.#options.delete ?? true },
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: {
        addr: this.host,
        secret: this.#secret,
        ...(this.#metricsPort !== 0 && {
          debug: { addr: `127.0.0.1:${this.#metricsPort}`, prometheus: { enabled: true } },
        }),
        ...(tls && {
          tls: {
            certificate: this.#write('tls.crt', tls.certificate),
            key: this.#write('tls.key', tls.key),
            ...(tls.clientAuthority !== undefined && {
              clientcas: [this.#write('clients.crt', tls.clientAuthority)],
            }),
          },
        }),
      },
      ...this.#auth(),
      ...(notifications.length > 0 && {
        notifications: {
          endpoints: notifications.map(({ url, headers = {} }, index) => ({
            name: `endpoint-${index}`,
            url,
            headers,
            timeout: '2s',
            threshold: 3,
            backoff: '200ms',
          })),
        },
      }),
    };
  }

  #auth(): object {
    const { htpasswd, token } = this.#options;
    if (htpasswd !== undefined) {
      // The registry accepts bcrypt only, and only the prefix $2y$ or $2a$.
      const hash = hashSync(htpasswd.password, htpasswd.cost ?? 4).replace(/^\$2b\$/u, '$2y$');
      const path = this.#write('htpasswd', `${htpasswd.user}:${hash}\n`);
      return { auth: { htpasswd: { realm: 'test', path } } };
    }
    if (token === undefined) return {};
    return {
      auth: {
        token: {
          realm: token.realm,
          service: token.service,
          issuer: token.issuer,
          rootcertbundle: this.#write('token-roots.pem', token.certificates),
        },
      },
    };
  }

  #write(name: string, text: string): string {
    const file = join(this.#directory.path, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }
}
