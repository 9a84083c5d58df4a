import type { GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { ListQuery, RequestContext, Resource } from '#src/apiserver/resource.ts';
import type { KubeList } from '#src/meta/object.ts';
import { notFound, StatusError } from '#src/meta/status.ts';

import { nameColumn, textColumn } from '../cells.ts';
import type { ResourceDeps } from '../deps.ts';
import type { Namespace } from '../namespaces/strategy.ts';
import {
  displayNameAnnotation,
  projectApiVersion,
  projectGroup,
  projectOf,
  type Project,
} from './project.ts';
import { projectSchema } from './schema.ts';
import { visibleTo } from './visible.ts';
import { watchProjects } from './watch.ts';

const resource = { group: projectGroup, resource: 'projects' };

/** projects: the namespaces that a user may get, each as a project. */
export function projects(
  deps: ResourceDeps,
  namespaces: GenericRest<Namespace>,
): Resource<Project> {
  return {
    group: projectGroup,
    version: 'v1',
    name: 'projects',
    singular: 'project',
    kind: 'Project',
    namespaced: false,
    isNamespace: true,
    shortNames: [],
    categories: [],
    rest: {
      get: async (context, name) => projectOf(await named(namespaces, context, name)),
      list: (context, query) => listProjects(deps, namespaces, context, query),
      watch: (context, query) => watchProjects({ deps, namespaces, context, query }),
      async update(context, name, update, options) {
        await named(namespaces, context, name);
        const { object, created } = await namespaces.update(
          context,
          name,
          async (current) => {
            const old = current ?? (await named(namespaces, context, name));
            const { metadata } = await update(projectOf(old));
            return { ...old, metadata };
          },
          options,
        );
        return { object: projectOf(object), created };
      },
      async delete(context, name, options) {
        await named(namespaces, context, name);
        await namespaces.delete(context, name, options);
        return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
      },
    },
    subresources: [],
    columns: [
      nameColumn,
      textColumn(
        'Display Name',
        'A name for people.',
        (project: Project) => project.metadata.annotations?.[displayNameAnnotation] ?? '',
      ),
      textColumn(
        'Status',
        'Active or Terminating.',
        (project: Project) => project.status?.phase ?? '',
      ),
    ],
    schema: projectSchema,
  };
}

/** In one page: where a page ends, and how much is behind it, would tell of projects that the user does not see. */
async function listProjects(
  { authorizer }: ResourceDeps,
  namespaces: GenericRest<Namespace>,
  context: RequestContext,
  { limit: _limit, continue: _continue, ...query }: ListQuery,
): Promise<KubeList<Project>> {
  const { items, metadata } = await namespaces.list(context, query);
  const visible = await visibleTo(authorizer, context.user, items);
  return {
    kind: 'ProjectList',
    apiVersion: projectApiVersion,
    metadata,
    items: visible.map(projectOf),
  };
}

/** @throws {StatusError} 404 that names the project */
async function named(
  namespaces: GenericRest<Namespace>,
  context: RequestContext,
  name: string,
): Promise<Namespace> {
  return namespaces.get(context, name).catch((error: unknown) => {
    const isMissing = error instanceof StatusError && error.status.reason === 'NotFound';
    throw isMissing ? new StatusError(notFound(resource, name)) : error;
  });
}
