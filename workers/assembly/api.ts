import { AuditLog } from '#src/apiserver/audit/audit-log.ts';
import { AuditTrail } from '#src/apiserver/audit/trail.ts';
import { ensureAdminToken } from '#src/apiserver/authenticate/admin-token.ts';
import type { Resource } from '#src/apiserver/resource.ts';
import { createApiServer } from '#src/apiserver/server.ts';
import { keepTlsFresh } from '#src/apiserver/tls/reload.ts';
import { systemClock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import { notificationsPath } from '#src/registry/notifications/receiver.ts';
import { allResources } from '#src/resources/all.ts';
import { legacyRoots } from '#src/resources/legacy-roots.ts';
import { ensureNamespace } from '#src/resources/namespaces/phase.ts';
import type { ImportWorkerAtHand } from '#src/queue/import-request.ts';
import type { Queues } from '#src/queue/queues.ts';
import type { RecordDatabase } from '#src/store/open.ts';

import type { Config } from '../config.ts';
import type { Metrics } from '../metrics.ts';
import { writeAdminKubeconfig } from './admin-kubeconfig.ts';
import { createAuthentication } from './authentication.ts';
import { createAuthorization } from './authorization.ts';
import { healthChecksOf } from './health-checks.ts';
import { notificationReceiver } from './notifications.ts';
import { resourceSettings } from './resource-settings.ts';
import { firstTls, tlsSource } from './tls.ts';
import { upstreamFacts } from './upstream.ts';
import { versionInfo } from './version.ts';

export interface ApiParts {
  readonly config: Config;
  readonly record: RecordDatabase;
  readonly queues: Queues;
  readonly metrics: Pick<Metrics, 'source' | 'audited'>;
  readonly logger: Logger;
  readonly workerAtHand: ImportWorkerAtHand;
}

/** The API server of this process, ready to listen. */
export interface Api {
  readonly resources: readonly Resource[];
  /** @returns where it listens, and the administrator's kubeconfig */
  listen(): Promise<{ readonly url: string; readonly kubeconfigFile: string }>;
  /** `/readyz` fails from now on, so that no new requests are sent here. */
  drain(): void;
  /** Looks for new certificates now, and opens the audit log anew. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

const defaultNamespace = 'default';

/** Puts the API server together: resources, who may do what, certificates. */
export async function createApi(parts: ApiParts): Promise<Api> {
  const { config, record, queues, metrics, logger } = parts;
  const clock = systemClock;
  const { objects, mailbox } = record;
  await ensureNamespace(objects, clock, defaultNamespace);
  const { authorizer, policy } = await createAuthorization({ objects, clock, logger });
  const admin = await ensureAdminToken(config.dataDir);
  const authentication = await createAuthentication({
    settings: config.authentication,
    record,
    clock,
    logger,
    admin: admin.credential,
  });
  const resources = allResources({
    objects,
    mailbox,
    importQueue: queues.imports,
    workerAtHand: parts.workerAtHand,
    authorizer,
    policy,
    clock,
    logger,
    ...resourceSettings(config),
    upstream: upstreamFacts(record),
    ...authentication.deps,
  });
  const certificates = tlsSource(config);
  const tls = await firstTls(certificates, config);
  const notifications = await notificationReceiver(parts);
  const auditLog = await auditLogOf(parts);
  let isDraining = false;
  const server = createApiServer({
    resources,
    authenticators: authentication.authenticators,
    openHandlers: authentication.openHandlers,
    pathHandlers: authentication.pathHandlers,
    authorizer,
    tls,
    logger,
    clock,
    version: await versionInfo(),
    healthChecks: healthChecksOf(record, queues, () => isDraining),
    metrics: metrics.source,
    ...(auditLog === undefined ? {} : { audit: new AuditTrail(auditLog, clock) }),
    legacyRoots,
    recheckMs: config.watchRecheckMs,
    mounts: [{ prefix: `${notificationsPath}/`, handle: notifications.handle }],
  });
  const fresh = keepTlsFresh({
    current: tls,
    read: () => certificates.read(),
    apply: server.setTls,
    everyMs: certificates.everyMs,
    clock,
    logger,
  });
  return {
    resources,
    async listen() {
      const ca = certificates.ca();
      return writeAdminKubeconfig({
        dataDir: config.dataDir,
        url: await server.listen(config.listen.host, config.listen.port),
        ...(ca === undefined ? {} : { ca }),
        token: admin.token,
        namespace: defaultNamespace,
      });
    },
    drain: () => {
      isDraining = true;
    },
    reload: () => {
      auditLog?.reopen();
      return fresh.look();
    },
    async close() {
      authentication.close();
      await Promise.all([server.close(), notifications.close(), fresh.close()]);
      await policy[Symbol.asyncDispose]();
      await auditLog?.close();
    },
  };
}

async function auditLogOf({ config, metrics, logger }: ApiParts): Promise<AuditLog | undefined> {
  const { auditLog: file } = config;
  if (file === undefined) return undefined;
  return AuditLog.open({
    file,
    logger,
    count: (outcome, lines) => metrics.audited(outcome, lines),
  });
}
