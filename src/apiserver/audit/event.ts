import type { IncomingMessage } from 'node:http';

import type { Outcome } from '../http/pipeline.ts';
import type { ResourceRequestInfo } from '../http/request-info.ts';
import type { UserInfo } from '../resource.ts';

/** One request, for the log of who did what. */
export interface Audited {
  readonly id: string;
  readonly request: IncomingMessage;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly now: number;
  readonly outcome: Omit<Outcome, 'response'>;
  readonly code: number;
  /** A watch has two lines: when it has begun, and when it has ended. */
  readonly stage: 'ResponseStarted' | 'ResponseComplete';
}

/** Query parameters whose values are written down; of others, which may be codes and tokens, only the names are. */
const shownParameters: ReadonlySet<string> = new Set([
  'allowWatchBookmarks',
  'continue',
  'dryRun',
  'exclude',
  'fieldManager',
  'fieldSelector',
  'fieldValidation',
  'force',
  'gracePeriodSeconds',
  'labelSelector',
  'limit',
  'orphanDependents',
  'pretty',
  'propagationPolicy',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeout',
  'timeoutSeconds',
  'verbose',
  'watch',
]);

/** Longer targets and names of clients are cut. */
const maxText = 2_048;

/**
 * A line of the audit log: an `Event` of audit.k8s.io/v1 at the level `Metadata`, so that what reads Kubernetes' log reads
 * this one. It holds no bodies, no headers but the client's name, and of the query only what is known to be harmless.
 */
export function auditLine(audited: Audited): string {
  const { id, request, outcome, receivedAt, now, code, stage } = audited;
  const { user, impersonatedUser, info } = outcome;
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: id,
    stage,
    requestURI: shownTarget(request.url ?? ''),
    verb: info?.verb ?? request.method?.toLowerCase(),
    user: user === undefined ? { username: '' } : shownUser(user),
    ...(impersonatedUser === undefined ? {} : { impersonatedUser: shownUser(impersonatedUser) }),
    sourceIPs: [request.socket.remoteAddress ?? ''],
    userAgent: request.headers['user-agent']?.slice(0, maxText),
    ...(info === undefined ? {} : { objectRef: objectRef(info) }),
    responseStatus: { code },
    requestReceivedTimestamp: new Date(receivedAt).toISOString(),
    stageTimestamp: new Date(now).toISOString(),
    annotations: {
      ...decisionOf(outcome),
      'apiserver.latency.k8s.io/total': `${now - receivedAt}ms`,
    },
  });
}

function shownUser({ username, uid, groups }: UserInfo): object {
  return { username, uid, groups };
}

function objectRef(info: ResourceRequestInfo): object {
  return {
    resource: info.resource,
    namespace: info.namespace || undefined,
    name: info.name || undefined,
    apiGroup: info.group || undefined,
    apiVersion: info.version,
    subresource: info.subresource || undefined,
  };
}

function decisionOf({ decision, reason = '' }: Audited['outcome']): object {
  if (decision === undefined) return {};
  return {
    'authorization.k8s.io/decision': decision,
    'authorization.k8s.io/reason': reason,
  };
}

/** The target of a request without the values of its query, but for those that are known to be harmless. */
export function shownTarget(target: string): string {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query =
    mark < 0
      ? ''
      : `?${target
          .slice(mark + 1)
          .split('&')
          .map(shownParameter)
          .join('&')}`;
  return `${path.replace(/^([^/]*\/\/)[^/]*@/, '$1[hidden]@')}${query}`.slice(0, maxText);
}

function shownParameter(parameter: string): string {
  const [name = ''] = parameter.split('=', 1);
  if (shownParameters.has(name)) return parameter;
  return /^[A-Za-z_.-]{1,40}$/.test(name) && name !== parameter ? `${name}=[hidden]` : '[hidden]';
}
