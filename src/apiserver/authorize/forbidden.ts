import { forbidden, type Status, StatusError } from '#src/meta/status.ts';

import type { Attributes, Authorizer } from './authorizer.ts';

/**
 * @returns why it is allowed; may be empty
 * @throws {StatusError} 403 unless somebody allows it
 */
export async function requireAllowed(
  authorizer: Authorizer,
  attributes: Attributes,
): Promise<string> {
  const { decision, reason } = await authorizer.authorize(attributes);
  if (decision !== 'allow') throw new StatusError(forbiddenStatus(attributes, reason));
  return reason;
}

/** The 403 of a request that nobody allowed, in the words of kube-apiserver. */
function forbiddenStatus(attributes: Attributes, reason: string): Status {
  const text = `${refusal(attributes)}${reason === '' ? '' : `: ${reason}`}`;
  if (!attributes.resourceRequest)
    return { ...forbidden({ group: '', resource: '' }, '', text), details: {} };
  const { group, resource, name } = attributes;
  return forbidden({ group, resource }, name, text);
}

function refusal(attributes: Attributes): string {
  const { user, verb, group, resource, subresource, namespace, path } = attributes;
  const who = `User ${JSON.stringify(user.username)} cannot ${verb}`;
  if (!attributes.resourceRequest) return `${who} path ${JSON.stringify(path)}`;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
}
