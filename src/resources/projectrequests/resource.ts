import type { GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { RequestContext, Resource, WriteOptions } from '#src/apiserver/resource.ts';
import type { KubeList, KubeObject } from '#src/meta/object.ts';
import { alreadyExists, StatusError } from '#src/meta/status.ts';

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

/** project.openshift.io/v1 ProjectRequest. */
export interface ProjectRequest extends KubeObject {
  displayName?: string;
  description?: string;
}

/** projectrequests: POST makes a project; GET of the collection answers Success to whoever may ask for one. */
export function projectRequests(namespaces: GenericRest<Namespace>): Resource<ProjectRequest> {
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
      create: (context, request, options) => requestProject(namespaces, context, request, options),
      // Clients take a Status here and nothing else: there is no list of requests.
      list: async () =>
        ({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Success',
        }) as unknown as KubeList<ProjectRequest>,
    },
    subresources: [],
    columns: [],
    schema: projectRequestSchema,
  };
}

async function requestProject(
  namespaces: GenericRest<Namespace>,
  context: RequestContext,
  request: ProjectRequest,
  options: WriteOptions,
): Promise<Project> {
  const { displayName = '', description = '', metadata } = request;
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
    throw new StatusError(alreadyExists(resource, metadata.name ?? ''));
  }
}
