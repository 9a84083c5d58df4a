import { randomBytes } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { hashToken, staticTokens } from '#src/apiserver/authenticate/tokens.ts';
import { unionAuthorizer } from '#src/apiserver/authorize/authorizer.ts';
import { discoveryAuthorizer, mastersAuthorizer } from '#src/apiserver/authorize/built-in.ts';
import { createApiServer, type ApiServer, type ApiServerOptions } from '#src/apiserver/server.ts';
import { ensureServerTls } from '#src/apiserver/tls/data-directory.ts';
import { kubeconfig } from '#src/apiserver/tls/kubeconfig.ts';
import { systemClock } from '#src/lib/clock.ts';
import type { DatabaseConnection } from '#src/lib/database-connection.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { startTestDatabase } from '#test/support/postgres.ts';
import { run, type Finished } from '#test/support/services/run.ts';
import { tempDir } from '#test/support/temp-dir.ts';

import { testResources } from './widget.ts';

/** The API server over a real PostgreSQL, with a namespace `test` and one kind of its own: widgets of example.dev/v1. */
export interface Harness extends AsyncDisposable {
  readonly server: ApiServer;
  readonly url: string;
  readonly record: RecordDatabase;
  /** Of a `system:masters` user. */
  readonly token: string;
  /** Of a user `bob` who may nothing. */
  readonly bobToken: string;
  readonly kubeconfig: string;
  readonly ca: string;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Begins a watch; `events` grows, `ended` settles at its end. */
  watch(path: string, options?: RequestOptions): Promise<Watching>;
  kubectl(
    args: readonly string[],
    input?: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<Finished>;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null sends none. */
  readonly token?: string | null;
  /** Instead of what the harness knows of the server. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- documents of any shape are looked into
  readonly json: any;
}

export interface Watching {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // oxlint-disable-next-line typescript/no-explicit-any -- documents of any shape are looked into
  readonly events: any[];
  readonly ended: Promise<void>;
  /** Waits until so many events have come. */
  until(count: number): Promise<void>;
  /** Stops reading, until `resume`. */
  pause(): void;
  resume(): void;
  stop(): void;
}

export const widgetsPath = '/apis/example.dev/v1/namespaces/test/widgets';

/** @param connection of a database to share; the caller keeps it running longer */
export async function startHarness(
  extra: Partial<ApiServerOptions> = {},
  connection?: DatabaseConnection,
): Promise<Harness> {
  const database = connection === undefined ? await startTestDatabase() : undefined;
  const dir = tempDir('api');
  const shared = connection ?? database?.connection;
  if (shared === undefined) throw new Error('there is no database');
  const record = await openRecord({ connection: shared, logger: silentLogger });
  const tls = await ensureServerTls(dir.path, '127.0.0.1', Date.now());
  const token = randomBytes(16).toString('hex');
  const bobToken = randomBytes(16).toString('hex');
  const server = createApiServer({
    resources: testResources(record.objects),
    authenticators: [
      staticTokens([
        { hash: hashToken(token), user: { username: 'admin', groups: ['system:masters'] } },
        { hash: hashToken(bobToken), user: { username: 'bob', groups: [] } },
      ]),
    ],
    authorizer: unionAuthorizer([mastersAuthorizer, discoveryAuthorizer]),
    tls,
    logger: silentLogger,
    clock: systemClock,
    version: {
      major: '1',
      minor: '32',
      gitVersion: 'v1.32.0+sluice-test',
      gitCommit: '',
      buildDate: '2026-01-01T00:00:00Z',
      platform: 'linux/amd64',
    },
    ...extra,
  });
  const url = await server.listen('127.0.0.1', 0);
  const config = join(dir.path, 'kubeconfig');
  await writeFile(
    config,
    kubeconfig({ server: url, ca: tls.ca, user: 'admin', token, namespace: 'test' }),
  );
  if (database !== undefined)
    await record.objects.create(
      { resource: 'namespaces', namespace: '', name: 'test' },
      { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'test' } },
    );
  const send = (method: string, path: string, options: RequestOptions = {}): Promise<Answer> =>
    answer(open({ url, ca: tls.ca, token, method, path, options }));
  return {
    server,
    url,
    record,
    token,
    bobToken,
    kubeconfig: config,
    ca: tls.ca,
    request: send,
    watch: (path, options = {}) =>
      watching(open({ url, ca: tls.ca, token, method: 'GET', path, options })),
    kubectl: (args, input, env = {}) =>
      run('kubectl', ['--kubeconfig', config, '--cache-dir', join(dir.path, 'cache'), ...args], {
        ...(input === undefined ? {} : { input }),
        env: { HOME: dir.path, KUBE_EDITOR: 'cat', ...env },
      }),
    async [Symbol.asyncDispose]() {
      await server.close();
      await record.close();
      await database?.stop();
      dir[Symbol.dispose]();
    },
  };
}

interface Call {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly method: string;
  readonly path: string;
  readonly options: RequestOptions;
}

function open({ url, ca, token, method, path, options }: Call): ReturnType<typeof httpsRequest> {
  const shown = options.token === undefined ? token : options.token;
  const { body } = options;
  const sent =
    body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
      ? body
      : JSON.stringify(body);
  const request = httpsRequest(`${url}${path}`, {
    method,
    ca,
    ...options.tls,
    agent: false,
    headers: {
      ...(shown === null ? {} : { authorization: `Bearer ${shown}` }),
      ...(sent === undefined
        ? {}
        : {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(sent)),
          }),
      ...options.headers,
    },
  });
  request.end(sent);
  return request;
}

function answer(request: ReturnType<typeof httpsRequest>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.startsWith('application/json') === true;
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: isJson && text !== '' ? JSON.parse(text) : undefined,
        });
      });
    });
  });
}

function watching(request: ReturnType<typeof httpsRequest>): Promise<Watching> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      const events: unknown[] = [];
      const waiting = new Set<() => void>();
      let rest = '';
      response.on('data', (chunk: Buffer) => {
        const lines = `${rest}${chunk.toString()}`.split('\n');
        rest = lines.pop() ?? '';
        events.push(...lines.map((line) => JSON.parse(line) as unknown));
        for (const wake of waiting) wake();
      });
      const ended = new Promise<void>((end) => {
        response.once('close', end);
      });
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        events,
        ended,
        until: (count) => untilCount(events, count, waiting),
        pause: () => response.pause(),
        resume: () => response.resume(),
        stop: () => request.destroy(),
      });
    });
  });
}

async function untilCount(
  events: readonly unknown[],
  count: number,
  waiting: Set<() => void>,
): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (events.length < count) {
    if (Date.now() > deadline)
      throw new Error(`${events.length} of ${count} events: ${JSON.stringify(events)}`);
    await new Promise<void>((wake) => {
      waiting.add(wake);
      setTimeout(wake, 1000);
    });
  }
}
