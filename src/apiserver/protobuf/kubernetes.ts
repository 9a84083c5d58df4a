import type { JsonObject } from '#src/meta/json.ts';

import * as access from './access-messages.ts';
import * as core from './core-messages.ts';
import { decodeMessage } from './decode.ts';
import { type Message, message, one } from './message.ts';
import { deleteOptions } from './meta-messages.ts';
import { ProtobufError, readFields } from './wire-reader.ts';

/** `k8s` and a zero byte stand in front of every protobuf body of Kubernetes. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

const rbac = 'rbac.authorization.k8s.io/v1';
const authorization = 'authorization.k8s.io/v1';
const authentication = 'authentication.k8s.io/v1';

/** The kinds that clients send as protobuf, by apiVersion and kind. */
const messages: ReadonlyMap<string, Message> = new Map([
  ['v1 Namespace', core.namespace],
  ['v1 Secret', core.secret],
  ['v1 ConfigMap', core.configMap],
  ['v1 ServiceAccount', core.serviceAccount],
  ['v1 Event', core.event],
  ['v1 LimitRange', core.limitRange],
  ['v1 ResourceQuota', core.resourceQuota],
  [`${rbac} Role`, access.role],
  [`${rbac} RoleBinding`, access.roleBinding],
  [`${rbac} ClusterRole`, access.clusterRole],
  [`${rbac} ClusterRoleBinding`, access.roleBinding],
  [`${authorization} SubjectAccessReview`, access.subjectAccessReview],
  [`${authorization} LocalSubjectAccessReview`, access.subjectAccessReview],
  [`${authorization} SelfSubjectAccessReview`, access.selfSubjectAccessReview],
  [`${authorization} SelfSubjectRulesReview`, access.selfSubjectRulesReview],
  [`${authentication} TokenReview`, access.tokenReview],
  [`${authentication} TokenRequest`, access.tokenRequest],
  [`${authentication} SelfSubjectReview`, access.selfSubjectReview],
]);

/** runtime.Unknown, the envelope. */
const envelope = message({
  1: one('typeMeta', message({ 1: one('apiVersion'), 2: one('kind') })),
  3: one('contentEncoding'),
  4: one('contentType'),
});
const rawField = 2;

/**
 * The object in a protobuf body, with its apiVersion and kind.
 * @returns `undefined` for a kind that is not known here as protobuf
 * @throws {ProtobufError} when the body is no such object
 */
export function decodeKubernetesProtobuf(body: Buffer): JsonObject | undefined {
  if (!body.subarray(0, magic.length).equals(magic))
    throw new ProtobufError('the body does not begin as protobuf of Kubernetes does');
  const bytes = body.subarray(magic.length);
  const { typeMeta } = decodeMessage(bytes, envelope) as {
    readonly typeMeta?: { readonly apiVersion?: string; readonly kind?: string };
  };
  const { apiVersion = '', kind = '' } = typeMeta ?? {};
  const known = kind === 'DeleteOptions' ? deleteOptions : messages.get(`${apiVersion} ${kind}`);
  if (known === undefined) return undefined;
  const raw = readFields(bytes).find(({ number }) => number === rawField)?.value;
  const content = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
  return { ...decodeMessage(content, known), apiVersion, kind };
}
