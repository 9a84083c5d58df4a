import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ensureAdminToken } from '#src/apiserver/authenticate/admin-token.ts';
import { unionAuthorizer } from '#src/apiserver/authorize/authorizer.ts';
import { discoveryAuthorizer, mastersAuthorizer } from '#src/apiserver/authorize/built-in.ts';
import type { HealthCheck } from '#src/apiserver/health.ts';
import type { TlsMaterial } from '#src/apiserver/http/fastify.ts';
import type { MetricsSource } from '#src/apiserver/paths.ts';
import type { Resource } from '#src/apiserver/resource.ts';
import { createApiServer } from '#src/apiserver/server.ts';
import { ensureServerTls, writePrivateFile } from '#src/apiserver/tls/data-directory.ts';
import { kubeconfig } from '#src/apiserver/tls/kubeconfig.ts';
import { systemClock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import { notificationsPath } from '#src/registry/notifications/receiver.ts';
import { allResources } from '#src/resources/all.ts';
import { legacyRoots } from '#src/resources/legacy-roots.ts';
import { ensureNamespace } from '#src/resources/namespaces/phase.ts';
import type { Queues } from '#src/queue/queues.ts';
import type { RecordDatabase } from '#src/store/open.ts';

import type { Config } from '../config.ts';
import { createAuthentication } from './authentication.ts';
import { notificationReceiver } from './notifications.ts';
import { resourceSettings } from './resource-settings.ts';
import { upstreamFacts } from './upstream.ts';
import { versionInfo } from './version.ts';

export interface ApiParts {
  readonly config: Config;
  readonly record: RecordDatabase;
  readonly queues: Queues;
  readonly metrics: MetricsSource;
  readonly logger: Logger;
}

/** The API server of this process, ready to listen. */
export interface Api {
  readonly resources: readonly Resource[];
  /** @returns where it listens, and the administrator's kubeconfig */
  listen(): Promise<{ readonly url: string; readonly kubeconfigFile: string }>;
  /** `/readyz` fails from now on, so that no new requests are sent here. */
  drain(): void;
  close(): Promise<void>;
}

const defaultNamespace = 'default';

/** Puts the API server together: resources, who may do what, certificates. */
export async function createApi(parts: ApiParts): Promise<Api> {
  const { config, record, queues, metrics, logger } = parts;
  const clock = systemClock;
  const authorizer = unionAuthorizer([mastersAuthorizer, discoveryAuthorizer]);
  const { objects, mailbox } = record;
  const admin = await ensureAdminToken(config.dataDir);
  const authentication = createAuthentication({
    config,
    objects,
    clock,
    logger,
    admin: admin.credential,
  });
  const resources = allResources({
    objects,
    mailbox,
    importQueue: queues.imports,
    authorizer,
    clock,
    logger,
    ...resourceSettings(config),
    upstream: upstreamFacts(record),
    ...authentication.deps,
  });
  await ensureNamespace(objects, clock, defaultNamespace);
  const { ca, tls } = await tlsOf(config);
  const notifications = await notificationReceiver(parts);
  let isDraining = false;
  const server = createApiServer({
    resources,
    authenticators: authentication.authenticators,
    openHandlers: authentication.openHandlers,
    authorizer,
    tls,
    logger,
    clock,
    version: await versionInfo(),
    healthChecks: [...checksOf(record, queues), stoppingCheck(() => isDraining)],
    metrics,
    legacyRoots,
    recheckMs: config.watchRecheckMs,
    mounts: [{ prefix: `${notificationsPath}/`, handle: notifications.handle }],
  });
  return {
    resources,
    async listen() {
      const url = await server.listen(config.listen.host, config.listen.port);
      const kubeconfigFile = join(config.dataDir, 'admin.kubeconfig');
      const reached = reachableUrl(url);
      const user = { user: 'admin', token: admin.token, namespace: defaultNamespace };
      await writePrivateFile(
        kubeconfigFile,
        kubeconfig({ server: reached, ...(ca === undefined ? {} : { ca }), ...user }),
      );
      return { url: reached, kubeconfigFile };
    },
    drain: () => {
      isDraining = true;
    },
    async close() {
      authentication.close();
      await Promise.all([server.close(), notifications.close()]);
    },
  };
}

async function tlsOf(config: Config): Promise<{ readonly ca?: string; readonly tls: TlsMaterial }> {
  const clientCa =
    config.clientCaFile === undefined
      ? {}
      : { clientCa: await readFile(config.clientCaFile, 'utf8') };
  if (config.tls === undefined) {
    const own = await ensureServerTls(config.dataDir, config.listen.host, Date.now());
    if (config.caFile !== undefined) await writeFile(config.caFile, own.ca);
    return { ca: own.ca, tls: { cert: own.cert, key: own.key, ...clientCa } };
  }
  const [cert, key] = await Promise.all([
    readFile(config.tls.certFile, 'utf8'),
    readFile(config.tls.keyFile, 'utf8'),
  ]);
  return { tls: { cert, key, ...clientCa } };
}

function checksOf(record: RecordDatabase, queues: Queues): HealthCheck[] {
  return [
    {
      name: 'database',
      kind: 'ready',
      check: async () => {
        await record.objects.currentRevision();
      },
    },
    { name: 'queue', kind: 'ready', check: () => queues.ping() },
  ];
}

function stoppingCheck(isStopping: () => boolean): HealthCheck {
  return {
    name: 'shutdown',
    kind: 'ready',
    check: () => (isStopping() ? Promise.reject(new Error('stopping')) : Promise.resolve()),
  };
}

/** A server that listens everywhere is reached here by the loopback address. */
function reachableUrl(url: string): string {
  return url
    .replace('https://0.0.0.0:', 'https://127.0.0.1:')
    .replace('https://[::]:', 'https://[::1]:');
}
