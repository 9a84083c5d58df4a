import { describe, expect, test } from 'vitest';

import { Catalog } from '#src/apiserver/catalog.ts';
import { documentV2 } from '#src/apiserver/openapi/document-v2.ts';
import { documentV3 } from '#src/apiserver/openapi/document-v3.ts';
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

describe('the OpenAPI documents', () => {
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

  test('have an id of its own for every operation', () => {
    const ids = Object.values(v2.paths).flatMap((path) =>
      Object.values(path).flatMap((each) => (isJsonObject(each) ? [each['operationId']] : [])),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});
