import type { JsonObject, JsonValue } from '#src/meta/json.ts';

import type { Catalog } from '../catalog.ts';
import { collectDefinitions, kindSchemas } from './definitions.ts';
import { type Operation, type PathOperations, pathOperations } from './operations.ts';
import { type Parameter, patchTypes, pathParameters, queryParameters } from './parameters.ts';
import { definitionDocuments, kindDocument, referenceDocument } from './schema-document.ts';

/** The OpenAPI 2.0 (Swagger) document of everything that is served. */
export function documentV2(catalog: Catalog, version: string): JsonObject {
  const resources = catalog.groupVersions.flatMap((each) => each.resources);
  const kinds = resources.flatMap((resource) => [
    kindSchemas(resource),
    ...resource.subresources.map((sub) => kindSchemas(resource, sub)),
  ]);
  const paths = catalog.groupVersions
    .flatMap(pathOperations)
    .map((path) => [path.path, pathDocument(path)]);
  const definitions = definitionDocuments(collectDefinitions(kinds), 'v2');
  return {
    swagger: '2.0',
    info: { title: 'Sluice', version },
    paths: Object.fromEntries(paths) as JsonObject,
    definitions,
  };
}

function pathDocument({ operations, pathParameters: names }: PathOperations): JsonObject {
  const methods = operations.map((each) => [each.method, operationDocument(each)]);
  return {
    ...(Object.fromEntries(methods) as JsonObject),
    parameters: names.map((name) => parameterDocument(name, pathParameters[name], 'path')),
  };
}

function operationDocument(operation: Operation): JsonObject {
  const { id, description, action, kind, method, created, deprecated } = operation;
  const schema = referenceDocument(operation.response, 'v2');
  return {
    description,
    operationId: id,
    consumes: method === 'patch' ? [...patchTypes] : ['*/*'],
    produces: ['application/json', 'application/yaml'],
    schemes: ['https'],
    tags: [`${kind.group || 'core'}_${kind.version}`],
    ...(deprecated ? { deprecated } : {}),
    parameters: [
      ...bodyParameter(operation),
      ...operation.parameters.map((name) =>
        parameterDocument(name, queryParameters[name], 'query'),
      ),
    ],
    responses: {
      '200': { description: 'OK', schema },
      ...(created ? { '201': { description: 'Created', schema } } : {}),
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kindDocument(kind),
  };
}

function bodyParameter({ method, body }: Operation): JsonValue[] {
  if (body === undefined && method !== 'patch') return [];
  const schema = body === undefined ? { type: 'object' } : referenceDocument(body, 'v2');
  return [{ name: 'body', in: 'body', required: true, schema }];
}

function parameterDocument(
  name: string,
  parameter: Parameter | undefined,
  place: 'query' | 'path',
): JsonValue {
  return {
    name,
    in: place,
    description: parameter?.description ?? '',
    type: parameter?.type ?? 'string',
    ...(place === 'path' ? { required: true } : {}),
    uniqueItems: true,
  };
}
