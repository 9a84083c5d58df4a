import { randomUUID } from 'node:crypto';

import type { GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { Authorizer } from '#src/apiserver/authorize/authorizer.ts';
import type { RequestContext, Resource, UserInfo, WriteOptions } from '#src/apiserver/resource.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import type { KubeList, KubeObject } from '#src/meta/object.ts';
import { type Binding, rbacApiVersion, rbacGroup } from '#src/meta/rbac/types.ts';
import { alreadyExists, forbidden, StatusError } from '#src/meta/status.ts';

import type { ResourceDeps } from '../deps.ts';
import type { Namespace } from '../namespaces/strategy.ts';
import {
  descriptionAnnotation,
  displayNameAnnotation,
  projectGroup,
  projectOf,
  requesterAnnotation,
  type Project,
} from '../projects/project.ts';
import { projectRequestSchema } from '../projects/schema.ts';
import { policyResources } from '../rbac/policy.ts';
import { seenObjects } from '../rbac/seen-objects.ts';

/** project.openshift.io/v1 ProjectRequest. */
export interface ProjectRequest extends KubeObject {
  displayName?: string;
  description?: string;
}

/** projectrequests: POST makes a project; GET of the collection answers Success to whoever may ask for one. */
export function projectRequests(
  deps: ResourceDeps,
  namespaces: GenericRest<Namespace>,
): Resource<ProjectRequest> {
  return {
    group: projectGroup,
    version: 'v1',
    name: 'projectrequests',
    singular: 'projectrequest',
    kind: 'ProjectRequest',
    namespaced: false,
    shortNames: [],
    categories: [],
    rest: {
      async create(context, request, options) {
        const write = { context, request, options };
        const project = await requestProject(namespaces, write);
        if (!options.dryRun)
          await makeAdministrator(deps, namespaces, context, project.metadata.name ?? '');
        return project;
      },
      list: async ({ user }) => {
        await requireRequester(deps.authorizer, user);
        // Clients take a Status here and nothing else: there is no list of requests.
        const success = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
        return success as unknown as KubeList<ProjectRequest>;
      },
    },
    subresources: [],
    columns: [],
    schema: projectRequestSchema,
  };
}

interface ProjectWrite {
  readonly context: RequestContext;
  readonly request: ProjectRequest;
  readonly options: WriteOptions;
}

/** Names that begin like this belong to the platform. */
const reservedPrefixes: readonly string[] = ['openshift-', 'kubernetes-', 'kube-'];

async function requestProject(
  namespaces: GenericRest<Namespace>,
  { context, request, options }: ProjectWrite,
): Promise<Project> {
  const { displayName = '', description = '', metadata } = request;
  const { name = '' } = metadata;
  for (const prefix of reservedPrefixes)
    if (name.startsWith(prefix))
      throw new StatusError(
        forbidden(
          { group: projectGroup, resource: 'project' },
          name,
          `cannot request a project starting with ${JSON.stringify(prefix)}`,
        ),
      );
  const namespace: Namespace = {
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        [displayNameAnnotation]: displayName,
        [descriptionAnnotation]: description,
        [requesterAnnotation]: context.user.username,
      },
    },
  };
  try {
    return projectOf(await namespaces.create(context, namespace, options));
  } catch (error) {
    if (!(error instanceof StatusError && error.status.reason === 'AlreadyExists')) throw error;
    const resource = { group: projectGroup, resource: 'projects' };
    throw new StatusError(alreadyExists(resource, name));
  }
}

/** Whoever asked for a project administers it; without an administrator it goes away again. */
async function makeAdministrator(
  { objects, policy, clock }: ResourceDeps,
  namespaces: GenericRest<Namespace>,
  context: RequestContext,
  namespace: string,
): Promise<void> {
  const key = { resource: policyResources.roleBindings, namespace, name: 'admin' };
  const binding: Binding = {
    kind: 'RoleBinding',
    apiVersion: rbacApiVersion,
    metadata: {
      name: key.name,
      namespace,
      uid: randomUUID(),
      creationTimestamp: rfc3339(clock.now()),
    },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'admin' },
    subjects: [{ kind: 'User', apiGroup: rbacGroup, name: context.user.username }],
  };
  try {
    await seenObjects(objects, policy).create(key, binding);
  } catch (error) {
    await namespaces.delete(context, namespace, { dryRun: false });
    throw error;
  }
}

/** @throws {StatusError} 403 for who may not make a request */
async function requireRequester(authorizer: Authorizer, user: UserInfo): Promise<void> {
  const { decision } = await authorizer.authorize({
    user,
    verb: 'create',
    resourceRequest: true,
    group: projectGroup,
    resource: 'projectrequests',
    subresource: '',
    name: '',
    namespace: '',
    path: '',
  });
  if (decision === 'allow') return;
  throw new StatusError(
    forbidden(
      { group: projectGroup, resource: 'projectrequest' },
      '',
      'you may not request a new project via this API.',
    ),
  );
}
