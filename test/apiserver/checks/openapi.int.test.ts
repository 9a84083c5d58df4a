import { afterAll, beforeAll, expect, test } from 'vitest';

import { readFields } from '#src/apiserver/protobuf/wire-reader.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#src/meta/json.ts';
import { kubectlHas } from '#test/support/services/kubectl.ts';

import { type Program, startProgram } from './support/program.ts';

let api: Program;
/** Every group's OpenAPI 3 document. */
let documents: readonly OpenApi[];
let swagger: Swagger;

interface OpenApi {
  readonly paths: Record<string, JsonObject>;
  readonly components: { readonly schemas: Record<string, JsonObject> };
}

interface Swagger {
  readonly paths: Record<string, JsonObject>;
  readonly definitions: Record<string, JsonObject>;
}

beforeAll(async () => {
  api = await startProgram({ args: ['--controllers=off'] });
  const { json } = await api.get('/openapi/v3');
  const urls = Object.values(json.paths as Record<string, { serverRelativeURL: string }>);
  documents = await Promise.all(
    urls.map(async ({ serverRelativeURL }) => (await api.get(serverRelativeURL)).json as OpenApi),
  );
  swagger = (await api.get('/openapi/v2')).json as Swagger;
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function references(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' ? [item] : references(item),
  );
}

test('20 the index of OpenAPI 3 names documents by their hash, which are kept for ever', async () => {
  const { json } = await api.get('/openapi/v3');
  expect(Object.keys(json.paths)).toContain('apis/image.openshift.io/v1');
  const { serverRelativeURL } = json.paths['api/v1'];
  expect(serverRelativeURL).toMatch(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]+$/);
  const { headers } = await api.get(serverRelativeURL);
  expect(headers['cache-control']).toContain('immutable');
  const again = await api.get(serverRelativeURL, { 'if-none-match': headers.etag ?? '' });
  expect(again.status).toBe(304);
  const plain = await api.get('/openapi/v3/api/v1');
  expect(plain.status).toBe(200);
  expect(plain.headers['cache-control'] ?? '').not.toContain('immutable');
});

test('21 every reference of OpenAPI 3 leads to a schema', () => {
  expect(documents.length).toBeGreaterThan(3);
  for (const document of documents)
    for (const reference of references(document as unknown as JsonValue))
      expect(document.components.schemas).toHaveProperty([
        reference.replace('#/components/schemas/', ''),
      ]);
});

test('22 every kind that can be patched says how', () => {
  const patches = documents.flatMap(({ paths }) =>
    Object.values(paths).flatMap(({ patch }) => (isJsonObject(patch) ? [patch] : [])),
  );
  expect(patches.length).toBeGreaterThan(15);
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

test('23 OpenAPI 2 has every path, also the old ones for watches, and what they refer to', () => {
  const root = '/apis/image.openshift.io/v1';
  for (const path of [
    `${root}/namespaces/{namespace}/imagestreams/{name}/status`,
    `${root}/imagestreams`,
    `${root}/watch/namespaces/{namespace}/imagestreams/{name}`,
    '/api/v1/namespaces/{namespace}/secrets/{name}',
  ])
    expect(swagger.paths).toHaveProperty([path]);
  for (const reference of references(swagger as unknown as JsonValue))
    expect(swagger.definitions).toHaveProperty([reference.replace('#/definitions/', '')]);
});

/** The names of the paths and definitions in a protobuf document (openapi.v2.Document of gnostic). */
function namesIn(body: Buffer, field: number, inner: number): string[] {
  const part = readFields(body).find(({ number }) => number === field);
  return readFields(part?.value as Buffer)
    .filter(({ number }) => number === inner)
    .map(({ value }) => readFields(value as Buffer)[0]!.value.toString());
}

async function inProtobuf(path: string): Promise<Buffer> {
  const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
  const { headers, bytes } = await api.get(path, { accept });
  expect(headers['content-type']).toBe(
    'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  );
  return bytes;
}

test('24 OpenAPI 2 says the same in protobuf', async () => {
  const body = await inProtobuf('/openapi/v2');
  expect(namesIn(body, 8, 2)).toEqual(Object.keys(swagger.paths));
  expect(namesIn(body, 9, 1)).toEqual(Object.keys(swagger.definitions));
});

const kindOf = (schema: JsonValue): string => references(schema)[0]!.split('.').at(-1)!;

/** What newer kubectls read in OpenAPI 3 of the tags of a stream, in their words. */
function explainTags(): string {
  const schemas = Object.assign({}, ...documents.map(({ components }) => components.schemas));
  const field = (kind: string, name: string): JsonObject =>
    schemas[`com.github.openshift.api.image.v1.${kind}`].properties[name];
  const spec = kindOf(field('ImageStream', 'spec'));
  const { type, items } = field(spec, 'tags');
  expect(type).toBe('array');
  const tag = kindOf(items!);
  return `FIELD: tags <[]${tag}>\nimportPolicy <${kindOf(field(tag, 'importPolicy'))}>\n`;
}

test('25 kubectl explain tells of a kind, of a field and of all fields', async () => {
  expect(await api.ok(['explain', 'is'])).toMatch(/^KIND: +ImageStream$/m);
  const tags = (await kubectlHas('explain --output'))
    ? await api.ok(['explain', 'is.spec.tags'])
    : explainTags();
  expect(tags).toMatch(/^FIELD: tags <\[\]TagReference>$/m);
  expect(tags).toMatch(/importPolicy\s+<TagImportPolicy>/);
  expect(await api.ok(['explain', 'is', '--recursive'])).toMatch(/scheduled\s+<boolean>/);
});

test('26 kubectl explain reads OpenAPI 2 as well', async () => {
  // Older ones know no other.
  const flags = (await kubectlHas('explain --output')) ? ['--output=plaintext-openapiv2'] : [];
  const old = await api.ok(['explain', 'is.spec.tags', ...flags]);
  expect(old).toMatch(/^RESOURCE: tags <\[\]Object>$/m);
  expect(old).toMatch(/importPolicy\s+<Object>/);
});

test('27 oc explain finds the descriptions in the protobuf document', async () => {
  const text = (await inProtobuf('/openapi/v2?timeout=32s')).toString('latin1');
  const { description } = swagger.definitions['com.github.openshift.api.image.v1.ImageStream']!;
  expect(description).toBeTruthy();
  expect(text).toContain(description);
});

test('28 kubectl explains every kind that it can find', async () => {
  const names = (await api.ok(['api-resources', '-o', 'name'])).trim().split('\n');
  expect(names.length).toBeGreaterThan(20);
  const explained = names.map((name) => name.split('.', 1)[0] ?? '');
  for (let at = 0; at < explained.length; at += 6)
    await Promise.all(
      explained.slice(at, at + 6).map(async (name) => {
        const { exitCode, stdout, stderr } = await api.kubectl(['explain', name]);
        expect({ name, exitCode, stderr }).toEqual({ name, exitCode: 0, stderr: '' });
        expect(stdout).not.toMatch(/DESCRIPTION:\s+<empty>/);
      }),
    );
});

/** Fields about which a reader of a document finds nothing. */
function undescribed(definitions: Record<string, JsonObject>): string[] {
  const described = (schema: JsonObject): boolean => {
    const reference = references(schema)[0]?.split('/').at(-1) ?? '';
    const told = schema['description'] ?? definitions[reference]?.['description'] ?? '';
    return told !== '';
  };
  return Object.entries(definitions).flatMap(([name, { properties }]) =>
    Object.entries(isJsonObject(properties) ? properties : {})
      .filter(([, field]) => !isJsonObject(field) || !described(field))
      .map(([field]) => `${name} ${field}`),
  );
}

test('28 no field of any kind is without a description', () => {
  expect(undescribed(swagger.definitions)).toEqual([]);
});
