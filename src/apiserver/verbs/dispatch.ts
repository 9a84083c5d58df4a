import type { Clock } from '#src/lib/clock.ts';
import { methodNotAllowed, StatusError, unknownPath } from '#src/meta/status.ts';

import type { Attributes, Authorizer } from '../authorize/authorizer.ts';
import { requireAllowed } from '../authorize/forbidden.ts';
import { type Catalog, servedVerbs, type Target } from '../catalog.ts';
import { grouplessResponse } from '../encode/groupless.ts';
import type { ApiRequest, ApiResponse } from '../http/messages.ts';
import type { ResourceRequestInfo } from '../http/request-info.ts';
import { Warnings } from '../http/warnings.ts';
import type { Verb } from '../resource.ts';
import type { VerbHandler } from './call.ts';
import { createVerb } from './create.ts';
import { deleteCollectionVerb } from './delete-collection.ts';
import { deleteVerb } from './delete.ts';
import { getVerb } from './get.ts';
import { listVerb } from './list.ts';
import { patchVerb } from './patch.ts';
import { updateVerb } from './update.ts';
import { watchVerb } from './watch.ts';
import type { Recheck } from './while-allowed.ts';

const handlers: Readonly<Record<Verb, VerbHandler>> = {
  create: createVerb,
  delete: deleteVerb,
  deletecollection: deleteCollectionVerb,
  get: getVerb,
  list: listVerb,
  patch: patchVerb,
  update: updateVerb,
  watch: watchVerb,
};

interface DispatchOptions {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly recheck: Recheck;
  readonly authorizer: Authorizer;
}

/** Verbs of `…/RESOURCE`; the others are of `…/RESOURCE/NAME`. */
const collectionVerbs: ReadonlySet<Verb> = new Set(['create', 'list', 'watch', 'deletecollection']);

/**
 * Answers an authorized request about a resource.
 * @throws {StatusError} 404 when nothing is served under the path, 405 when the verb is not, and whatever the verb refuses
 */
export async function dispatch(
  { catalog, clock, recheck, authorizer }: DispatchOptions,
  request: ApiRequest,
  info: ResourceRequestInfo,
  attributes: Attributes,
): Promise<ApiResponse> {
  const target = servedTarget(catalog, info);
  const verb = servedVerb(target, info);
  const warnings = new Warnings();
  const response = await handlers[verb]({
    request,
    info,
    target,
    now: clock.now(),
    clock,
    recheck,
    requireCreate: async () => {
      await requireAllowed(authorizer, { ...attributes, verb: 'create' });
    },
    context: {
      user: attributes.user,
      namespace: info.namespace,
      ...(info.name === '' ? {} : { name: info.name }),
      signal: request.signal,
      warn: (message) => {
        warnings.add(message);
      },
      query: request.query,
    },
  });
  const shown = info.groupless === true ? grouplessResponse(response, info.group) : response;
  return { ...shown, headers: { ...shown.headers, ...warnings.headers() } };
}

function servedTarget(catalog: Catalog, info: ResourceRequestInfo): Target {
  const target = catalog.find(info, info.resource, info.subresource);
  if (target === undefined || !isRightScope(target, info)) throw new StatusError(unknownPath());
  return target;
}

/** A namespaced object has a namespace in its path and a cluster-scoped one has none; lists may leave it out. */
function isRightScope({ resource }: Target, { namespace, name }: ResourceRequestInfo): boolean {
  if (!resource.namespaced) return namespace === '';
  return namespace !== '' || name === '';
}

function servedVerb(target: Target, info: ResourceRequestInfo): Verb {
  const served = servedVerbs(target.rest);
  const { verb } = info;
  const atCollection = info.name === '';
  // A subresource is created under the name of its object; a watch of one object is a watch of the collection.
  const fits = (each: Verb): boolean =>
    target.subresource !== undefined ||
    collectionVerbs.has(each) === atCollection ||
    (each === 'watch' && served.includes('watch'));
  if (!served.some(fits)) throw new StatusError(unknownPath());
  const isAllNamespaces = target.resource.namespaced && info.namespace === '';
  if (isAllNamespaces && verb !== 'list' && verb !== 'watch')
    throw new StatusError(methodNotAllowed());
  if (verb === 'watch' && target.rest.list !== undefined) return verb;
  if (verb === undefined || !served.includes(verb) || !fits(verb))
    throw new StatusError(methodNotAllowed());
  return verb;
}
