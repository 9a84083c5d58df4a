/** The program itself, as users run it, for the checks: all resources, TLS, PostgreSQL, controllers and workers. */
import { randomBytes } from 'node:crypto';

import { expect } from 'vitest';

import { silentLogger } from '#src/lib/logger.ts';
import { embeddedConnection } from '#src/store/embedded/server.ts';
import { openRecord } from '#src/store/open.ts';
import { startServer, type Server, type ServerOptions } from '#test/support/server.ts';
import { kubectl } from '#test/support/services/kubectl.ts';
import type { Finished } from '#test/support/services/run.ts';

import {
  type Answer,
  httpClient,
  type HttpClient,
  type RequestOptions,
} from '../../support/http.ts';

export interface KubectlCall {
  /** Written to standard input, for `-f -`; an object is sent as JSON. */
  readonly input?: string | object;
  readonly env?: Readonly<Record<string, string>>;
  /** Another bearer token than the administrator's. */
  readonly token?: string;
}

/** A running program with clients of it. Requests are the administrator's unless they say otherwise. */
export interface Program extends HttpClient, AsyncDisposable {
  readonly server: Server;
  get(path: string, headers?: RequestOptions['headers']): Promise<Answer>;
  post(path: string, body: unknown, headers?: RequestOptions['headers']): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  /** @param type `merge-patch+json` when absent */
  patch(path: string, body: unknown, type?: string): Promise<Answer>;
  delete(path: string, body?: unknown): Promise<Answer>;
  /** Runs kubectl, whatever its exit code. */
  kubectl(args: readonly string[], call?: KubectlCall): Promise<Finished>;
  /** Runs kubectl, which must succeed; answers what it printed. */
  ok(args: readonly string[], call?: KubectlCall): Promise<string>;
  /** Makes a namespace that no other test uses. */
  namespace(): Promise<string>;
  /** Has the server forget all events up to now. */
  forget(): Promise<void>;
}

/** Starts the program on a free port with a database of its own. */
export async function startProgram(options: ServerOptions = {}): Promise<Program> {
  const server = await startServer(options);
  const { kubeconfig } = server;
  const client = httpClient(server);
  const run: Program['kubectl'] = (args, { input, env, token } = {}) =>
    kubectl([...(token === undefined ? [] : [`--token=${token}`]), ...args], {
      kubeconfig,
      env: { HOME: server.dataDir, KUBE_EDITOR: 'cat', ...env },
      ...(input === undefined
        ? {}
        : { input: typeof input === 'string' ? input : JSON.stringify(input) }),
    });
  return {
    server,
    ...client,
    get: (path, headers = {}) => client.request('GET', path, { headers }),
    post: (path, body, headers = {}) => client.request('POST', path, { body, headers }),
    put: (path, body) => client.request('PUT', path, { body }),
    patch: (path, body, type = 'merge-patch+json') =>
      client.request('PATCH', path, { body, headers: { 'content-type': `application/${type}` } }),
    delete: (path, body) => client.request('DELETE', path, body === undefined ? {} : { body }),
    kubectl: run,
    async ok(args, call) {
      const finished = await run(args, call);
      expect(finished).toMatchObject({ exitCode: 0 });
      return finished.stdout;
    },
    async namespace() {
      const name = freshName('ns');
      const { status } = await client.request('POST', '/api/v1/namespaces', {
        body: { metadata: { name } },
      });
      expect(status).toBe(201);
      return name;
    },
    async forget() {
      const connection = embeddedConnection(server.dataDir);
      await using record = await openRecord({
        connection,
        logger: silentLogger,
        cacheReads: false,
      });
      await record.store.compact(await record.store.currentRevision());
      // A server learns of it with the next write of another process, and has read that before it answers.
      const key = { resource: 'configmaps', namespace: 'default', name: freshName('forgotten') };
      const { name, namespace } = key;
      await record.objects.create(key, {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name, namespace },
      });
      const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
      expect((await client.request('GET', path)).status).toBe(200);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A name that no other test uses. */
export function freshName(prefix = 'x'): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}
