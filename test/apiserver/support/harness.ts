import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { hashToken, staticTokens } from '#src/apiserver/authenticate/tokens.ts';
import { unionAuthorizer } from '#src/apiserver/authorize/authorizer.ts';
import { mastersAuthorizer, publicPathsAuthorizer } from '#src/apiserver/authorize/built-in.ts';
import { PolicyIndex } from '#src/apiserver/authorize/rbac/policy-index.ts';
import { rbacAuthorizer } from '#src/apiserver/authorize/rbac/rbac-authorizer.ts';
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

import { httpClient, type HttpClient } from './http.ts';
import { testResources } from './widget.ts';

export type { Answer, Watching } from './http.ts';

/** The API server over a real PostgreSQL, with a namespace `test` and one kind of its own: widgets of example.dev/v1. */
export interface Harness extends AsyncDisposable, HttpClient {
  readonly server: ApiServer;
  readonly url: string;
  readonly record: RecordDatabase;
  /** Of a `system:masters` user. */
  readonly token: string;
  /** Of a user `bob` who may nothing. */
  readonly bobToken: string;
  readonly kubeconfig: string;
  readonly ca: string;
  kubectl(
    args: readonly string[],
    input?: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<Finished>;
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
    authorizer: unionAuthorizer([
      mastersAuthorizer,
      publicPathsAuthorizer,
      rbacAuthorizer(discoveryPolicy()),
    ]),
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
  return {
    server,
    url,
    record,
    token,
    bobToken,
    kubeconfig: config,
    ca: tls.ca,
    ...httpClient({ url, ca: tls.ca, token }),
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

/** Every user may discover what is served, everybody may ask for the version. */
function discoveryPolicy(): PolicyIndex {
  const policy = new PolicyIndex();
  const give = (role: string, nonResourceURLs: string[], groups: readonly string[]): void => {
    policy.setRole('', role, [{ verbs: ['get'], nonResourceURLs }]);
    policy.setBinding('', role, {
      metadata: { name: role },
      roleRef: { kind: 'ClusterRole', name: role },
      subjects: groups.map((name) => ({ kind: 'Group', name })),
    });
  };
  const users = ['system:authenticated'];
  give('discovery', ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'], users);
  give('version', ['/version'], [...users, 'system:unauthenticated']);
  return policy;
}
