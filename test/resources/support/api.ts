/** The real API server over HTTPS with all resources on a real PostgreSQL, for tests of resources. */
import { Agent, request as httpsRequest } from 'node:https';

import type { Authenticator } from '#src/apiserver/authenticate/authenticator.ts';
import { bearerToken } from '#src/apiserver/authenticate/bearer-tokens.ts';
import {
  type Attributes,
  type Authorizer,
  unionAuthorizer,
} from '#src/apiserver/authorize/authorizer.ts';
import { createApiServer } from '#src/apiserver/server.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { allResources } from '#src/resources/all.ts';
import type { ResourceDeps } from '#src/resources/deps.ts';
import { mastersAuthorizer, publicPathsAuthorizer } from '#src/apiserver/authorize/built-in.ts';
import { rbacAuthorizer } from '#src/apiserver/authorize/rbac/rbac-authorizer.ts';
import { reconcileDefaultPolicy } from '#src/resources/rbac/bootstrap/reconcile.ts';
import { followPolicy, type Policy } from '#src/resources/rbac/policy.ts';
import { legacyRoots } from '#src/resources/legacy-roots.ts';
import { ensureNamespace } from '#src/resources/namespaces/phase.ts';
import type { Objects } from '#src/store/objects.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { makeAuthority } from '#test/support/tls.ts';

interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a text. */
  readonly body?: unknown;
  /** Drops the connection after this many milliseconds, without an answer. */
  readonly cutAfterMs?: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Parsed where it is JSON. */
  // eslint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly text: string;
}

export interface TestApi extends AsyncDisposable {
  readonly deps: ResourceDeps;
  readonly record: RecordDatabase;
  readonly url: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  /** Every access review that the resources asked for. */
  readonly reviews: Attributes[];
  send(request: ApiRequest): Promise<ApiAnswer>;
  get(path: string): Promise<ApiAnswer>;
  post(path: string, body: unknown): Promise<ApiAnswer>;
  put(path: string, body: unknown): Promise<ApiAnswer>;
  patch(path: string, body: unknown, type?: string): Promise<ApiAnswer>;
  delete(path: string, body?: unknown): Promise<ApiAnswer>;
}

export interface TestApiOptions extends Partial<
  Pick<ResourceDeps, 'hosts' | 'allowedRegistries' | 'importQueue' | 'workerAtHand' | 'clock'>
> {
  /** The default roles and bindings decide; a bearer token is `USER` or `USER,GROUP,…`. */
  readonly rbac?: boolean;
  /** What the resources write through, for tests in which somebody else is faster. */
  readonly between?: (objects: Objects) => Objects;
  /** Decides for users other than the administrator, whose token is `admin`. */
  readonly authorize?: (attributes: Attributes) => { allow: boolean; reason: string };
  /** Made besides `default`. */
  readonly namespaces?: readonly string[];
  /** Called with the record before the server starts; its queue wins over `importQueue`. */
  readonly queue?: (record: RecordDatabase) => ResourceDeps['importQueue'];
}

const adminToken = 'admin';

/** Starts a server with an own database; every bearer token is the name of its user. */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const database: TestDatabase = await startTestDatabase();
  const record = await openRecord({ connection: database.connection, logger: silentLogger });
  const reviews: Attributes[] = [];
  if (options.rbac === true) await reconcileDefaultPolicy(record.objects, systemClock);
  const policy = await followPolicy({
    objects: record.objects,
    clock: systemClock,
    logger: silentLogger,
  });
  const authorizer = options.rbac === true ? rbacOf(policy) : authorizerOf(options, reviews);
  const deps: ResourceDeps = {
    objects: options.between?.(record.objects) ?? record.objects,
    mailbox: record.mailbox,
    importQueue: importQueueOf(options, record),
    ...(options.workerAtHand === undefined ? {} : { workerAtHand: options.workerAtHand }),
    authorizer,
    policy,
    clock: options.clock ?? systemClock,
    logger: silentLogger,
    hosts: options.hosts ?? {},
    allowedRegistries: options.allowedRegistries ?? [],
  };
  for (const name of ['default', ...(options.namespaces ?? [])])
    await ensureNamespace(record.objects, systemClock, name);
  const authority = await makeAuthority();
  const { certificate, key } = await authority.issue(['127.0.0.1']);
  const server = createApiServer({
    resources: allResources(deps),
    legacyRoots,
    authenticators: [tokenIsName],
    authorizer,
    tls: { cert: certificate, key },
    logger: silentLogger,
    clock: deps.clock,
    version: {
      major: '1',
      minor: '32',
      gitVersion: 'v1.32.0+test',
      gitCommit: '',
      buildDate: '',
      platform: '',
    },
  });
  const url = await server.listen('127.0.0.1', 0);
  const agent = new Agent({ ca: authority.certificate, keepAlive: true });
  const send = (request: ApiRequest): Promise<ApiAnswer> => exchange(url, agent, request);
  return {
    deps,
    record,
    url,
    ca: authority.certificate,
    reviews,
    send,
    get: (path) => send({ method: 'GET', path }),
    post: (path, body) => send({ method: 'POST', path, body }),
    put: (path, body) => send({ method: 'PUT', path, body }),
    patch: (path, body, type = 'application/merge-patch+json') =>
      send({ method: 'PATCH', path, body, headers: { 'content-type': type } }),
    delete: (path, body) => send({ method: 'DELETE', path, body }),
    [Symbol.asyncDispose]: async () => {
      agent.destroy();
      await server.close();
      await policy[Symbol.asyncDispose]();
      await record.close();
      await database.stop();
    },
  };
}

function importQueueOf(
  { queue, importQueue }: TestApiOptions,
  record: RecordDatabase,
): ResourceDeps['importQueue'] {
  return queue?.(record) ?? importQueue ?? { enqueueRequest: async () => undefined };
}

const tokenIsName: Authenticator = {
  async authenticate(credentials) {
    const [username, ...groups] = bearerToken(credentials)?.split(',') ?? [];
    if (username === undefined) return undefined;
    return { username, groups: username === adminToken ? ['system:masters'] : groups };
  },
};

/** As the product has it. */
function rbacOf(policy: Policy): Authorizer {
  return unionAuthorizer([mastersAuthorizer, publicPathsAuthorizer, rbacAuthorizer(policy)]);
}

function authorizerOf({ authorize }: TestApiOptions, reviews: Attributes[]): Authorizer {
  return {
    async authorize(attributes) {
      reviews.push(attributes);
      if (attributes.user.username === adminToken) return { decision: 'allow', reason: '' };
      const { allow, reason } = authorize?.(attributes) ?? { allow: false, reason: '' };
      return allow ? { decision: 'allow', reason: '' } : { decision: 'none', reason };
    },
  };
}

function exchange(url: string, agent: Agent, request: ApiRequest): Promise<ApiAnswer> {
  const { method, path, body, cutAfterMs } = request;
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${adminToken}`,
    ...(payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    ...request.headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(`${url}${path}`, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      const finish = (): void =>
        resolve(answerOf(response.statusCode ?? 0, response.headers, chunks));
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', finish);
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
    if (cutAfterMs !== undefined) setTimeout(() => outgoing.destroy(), cutAfterMs);
  });
}

function answerOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  chunks: readonly Buffer[],
): ApiAnswer {
  const text = Buffer.concat(chunks).toString();
  const contentType = String(headers['content-type'] ?? '');
  let body: unknown = text;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    // YAML, a stream of events, or plain text: the test reads `text`.
  }
  return { status, contentType, body, text };
}
