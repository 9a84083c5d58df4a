import { describe, expect, test } from 'vitest';

import { Catalog } from '#src/apiserver/catalog.ts';
import { documentV2 } from '#src/apiserver/openapi/document-v2.ts';
import { documentV3 } from '#src/apiserver/openapi/document-v3.ts';
import { encodeGnostic } from '#src/apiserver/openapi/gnostic.ts';
import { readFields } from '#src/apiserver/protobuf/wire-reader.ts';
import type { JsonValue } from '#src/meta/json.ts';
import { isJsonObject } from '#src/meta/json.ts';
import type { Objects } from '#src/store/objects.ts';

import { testResources } from './support/widget.ts';

// Nothing is read to describe what is served.
const catalog = new Catalog(testResources({} as Objects));
const v2 = documentV2(catalog, 'v1') as unknown as Swagger;
const v3 = catalog.groupVersions.map((each) => documentV3(each, 'v1')) as unknown as OpenApi[];

interface Swagger {
  readonly paths: Record<string, Record<string, JsonValue>>;
  readonly definitions: Record<string, JsonValue>;
}

interface OpenApi {
  readonly paths: Record<string, Record<string, JsonValue>>;
  readonly components: { readonly schemas: Record<string, JsonValue> };
}

function references(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' ? [item] : references(item),
  );
}

describe('the OpenAPI documents', () => {
  test('refer only to what they define', () => {
    for (const reference of references(v2 as unknown as JsonValue))
      expect(v2.definitions).toHaveProperty([reference.replace('#/definitions/', '')]);
    for (const document of v3)
      for (const reference of references(document as unknown as JsonValue))
        expect(document.components.schemas).toHaveProperty([
          reference.replace('#/components/schemas/', ''),
        ]);
  });

  test('say of every kind how it is patched', () => {
    const patches = v3.flatMap(({ paths }) =>
      Object.values(paths).flatMap(({ patch }) => (isJsonObject(patch) ? [patch] : [])),
    );
    expect(patches.length).toBeGreaterThan(5);
    for (const patch of patches)
      expect(patch).toMatchObject({
        'x-kubernetes-group-version-kind': { version: 'v1', kind: expect.any(String) },
        parameters: [
          { name: 'dryRun', in: 'query' },
          { name: 'fieldManager' },
          { name: 'fieldValidation' },
          { name: 'force' },
        ],
        requestBody: {
          content: {
            'application/json-patch+json': {},
            'application/merge-patch+json': {},
            'application/strategic-merge-patch+json': {},
            'application/apply-patch+yaml': {},
          },
        },
      });
  });

  test('carry what patches and server-side apply need to know of lists', () => {
    for (const schemas of [v2.definitions, v3[1]!.components.schemas])
      expect(schemas['dev.example.v1.WidgetSpec']).toMatchObject({
        properties: {
          parts: {
            'x-kubernetes-patch-merge-key': 'name',
            'x-kubernetes-patch-strategy': 'merge',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
          },
        },
      });
  });

  test('name the kinds that a definition describes', () => {
    expect(v2.definitions['dev.example.v1.Widget']).toMatchObject({
      'x-kubernetes-group-version-kind': [{ group: 'example.dev', version: 'v1', kind: 'Widget' }],
    });
    expect(v2.definitions['dev.example.v1.WidgetList']).toMatchObject({
      'x-kubernetes-group-version-kind': [
        { group: 'example.dev', version: 'v1', kind: 'WidgetList' },
      ],
    });
  });

  test('list every path, with the old ones for watches', () => {
    expect(Object.keys(v2.paths).filter((path) => path.includes('widgets'))).toEqual([
      '/apis/example.dev/v1/namespaces/{namespace}/widgets',
      '/apis/example.dev/v1/namespaces/{namespace}/widgets/{name}',
      '/apis/example.dev/v1/namespaces/{namespace}/widgets/{name}/status',
      '/apis/example.dev/v1/widgets',
      '/apis/example.dev/v1/watch/namespaces/{namespace}/widgets',
      '/apis/example.dev/v1/watch/namespaces/{namespace}/widgets/{name}',
    ]);
  });

  test('have an id of its own for every operation', () => {
    const ids = Object.values(v2.paths).flatMap((path) =>
      Object.values(path).flatMap((each) => (isJsonObject(each) ? [each['operationId']] : [])),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('say the same in protobuf', () => {
    const document = readFields(encodeGnostic(v2 as never));
    const named = (field: number, inner: number): string[] =>
      readFields(document.find(({ number }) => number === field)!.value as Buffer)
        .filter(({ number }) => number === inner)
        .map(({ value }) => readFields(value as Buffer)[0]!.value.toString());
    expect(named(8, 2)).toEqual(Object.keys(v2.paths));
    expect(named(9, 1)).toEqual(Object.keys(v2.definitions));
  });
});
