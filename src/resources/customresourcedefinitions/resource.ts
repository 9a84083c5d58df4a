import type { Resource } from '#src/apiserver/resource.ts';
import { notFound, StatusError } from '#src/meta/status.ts';
import type { Objects } from '#src/store/objects.ts';

import { ageColumn, nameColumn } from '../cells.ts';
import { kindSchema } from '../schema/meta.ts';

const group = 'apiextensions.k8s.io';

/**
 * apiextensions.k8s.io/v1 customresourcedefinitions: there are none. kubectl looks for one before it creates an object of
 * a kind that cannot be patched, such as an ImageStreamImport, and gives up when it cannot look.
 */
export function customResourceDefinitions(objects: Objects): Resource {
  const names = { group, resource: 'customresourcedefinitions' };
  return {
    group,
    version: 'v1',
    name: names.resource,
    singular: 'customresourcedefinition',
    kind: 'CustomResourceDefinition',
    namespaced: false,
    shortNames: ['crd', 'crds'],
    categories: [],
    rest: {
      async get(_context, name) {
        throw new StatusError(notFound(names, name));
      },
      async list() {
        const revision = await objects.currentRevision();
        return {
          kind: 'CustomResourceDefinitionList',
          apiVersion: `${group}/v1`,
          metadata: { resourceVersion: String(revision) },
          items: [],
        };
      },
    },
    subresources: [],
    columns: [nameColumn, ageColumn],
    schema: kindSchema(
      'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
      'Defines further kinds; there are none.',
      { spec: { type: 'object', preserveUnknown: true, description: 'The definition.' } },
    ),
  };
}
