import type { JsonObject, JsonValue } from '#src/meta/json.ts';

import type { GroupVersion } from '../catalog.ts';
import { collectDefinitions, kindSchemas } from './definitions.ts';
import { type Operation, type PathOperations, pathOperations } from './operations.ts';
import { type Parameter, patchTypes, pathParameters, queryParameters } from './parameters.ts';
import { definitionDocuments, kindDocument, referenceDocument } from './schema-document.ts';

/** The OpenAPI 3.0 document of one group and version. */
export function documentV3(groupVersion: GroupVersion, version: string): JsonObject {
  const kinds = groupVersion.resources.flatMap((resource) => [
    kindSchemas(resource),
    ...resource.subresources.map((sub) => kindSchemas(resource, sub)),
  ]);
  const paths = pathOperations(groupVersion).map((path) => [path.path, pathDocument(path)]);
  const schemas = definitionDocuments(collectDefinitions(kinds), 'v3');
  return {
    openapi: '3.0.0',
    info: { title: 'Sluice', version },
    paths: Object.fromEntries(paths) as JsonObject,
    components: { schemas },
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
  const { id, description, action, kind, parameters, created, deprecated } = operation;
  const ok = {
    description: 'OK',
    content: { 'application/json': { schema: referenceDocument(operation.response, 'v3') } },
  };
  return {
    tags: [`${kind.group || 'core'}_${kind.version}`],
    description,
    operationId: id,
    ...(deprecated ? { deprecated } : {}),
    parameters: parameters.map((name) => parameterDocument(name, queryParameters[name], 'query')),
    ...requestBody(operation),
    responses: {
      '200': ok,
      ...(created ? { '201': { ...ok, description: 'Created' } } : {}),
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    // One object for an operation, a list for a definition: kubectl looks for exactly that.
    'x-kubernetes-group-version-kind': kindDocument(kind),
  };
}

function requestBody({ method, body }: Operation): JsonObject {
  if (method === 'patch') {
    const content = patchTypes.map((type) => [type, { schema: { type: 'object' } }]);
    return { requestBody: { required: true, content: Object.fromEntries(content) as JsonObject } };
  }
  if (body === undefined) return {};
  return {
    requestBody: { required: true, content: { '*/*': { schema: referenceDocument(body, 'v3') } } },
  };
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
    ...(place === 'path' ? { required: true } : {}),
    schema: { type: parameter?.type ?? 'string', uniqueItems: true },
  };
}
