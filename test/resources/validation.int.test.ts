import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startTestApi, type TestApi } from './support/api.ts';

// What the recordings of OpenShift do not show: messages of its validation (openshift-apiserver apis/image/validation).

let api: TestApi;

const group = '/apis/image.openshift.io/v1';
const ns = `${group}/namespaces/app`;
const digest = `sha256:${'a'.repeat(64)}`;

beforeAll(async () => {
  api = await startTestApi({
    namespaces: ['app'],
    hosts: { internal: 'registry.local:5000' },
    allowedRegistries: [{ domainName: 'quay.io' }, { domainName: 'plain.example', insecure: true }],
  });
  await api.post(`${ns}/imagestreams`, { metadata: { name: 'taken' } });
  await api.post(`${group}/images`, image({ metadata: { name: digest } }));
  const tag = { name: 'v1', from: external('quay.io/acme/app:1') };
  await api.post(`${ns}/imagestreams`, {
    metadata: { name: 'app', labels: { team: 'a' } },
    spec: { tags: [tag] },
  });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function external(name: string): object {
  return { kind: 'DockerImage', name };
}

function image(more: object): object {
  return { dockerImageReference: 'quay.io/acme/app', ...more };
}

interface Refused {
  readonly name: string;
  readonly path: string;
  readonly method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET';
  readonly body?: object;
  readonly code: number;
  readonly message: string;
}

async function answerOf({ path, method = 'POST', body }: Refused): Promise<object> {
  const headers = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {};
  const answer = await api.send({ method, path, body, headers });
  return { code: answer.status, message: answer.body.message };
}

function expectRefused(cases: readonly Refused[]): void {
  test.for(cases)('$name', async (refused) => {
    expect(await answerOf(refused)).toEqual({ code: refused.code, message: refused.message });
  });
}

function invalid(kind: string, name: string, errors: string): { code: number; message: string } {
  return { code: 422, message: `${kind}.image.openshift.io "${name}" is invalid: ${errors}` };
}

describe('a stream is refused', () => {
  const path = `${ns}/imagestreams`;
  const long = 'a'.repeat(252);
  expectRefused([
    {
      name: 'with a name that is no path segment',
      path,
      body: { metadata: { name: '..' } },
      ...invalid('ImageStream', '..', `metadata.name: Invalid value: "..": may not be '..'`),
    },
    {
      name: 'with a percent sign in its name',
      path,
      body: { metadata: { name: 'a%b' } },
      ...invalid('ImageStream', 'a%b', `metadata.name: Invalid value: "a%b": may not contain '%'`),
    },
    {
      name: 'with a name that is too long together with its namespace',
      path,
      body: { metadata: { name: long } },
      ...invalid(
        'ImageStream',
        long,
        `metadata.name: Invalid value: "${long}": 'namespace/name' cannot be longer than 255 characters`,
      ),
    },
    {
      name: 'with a policy and a mode that there are not',
      path,
      body: {
        metadata: { name: 's' },
        spec: {
          tags: [
            {
              name: 't',
              referencePolicy: { type: 'Elsewhere' },
              importPolicy: { importMode: 'Both' },
            },
          ],
        },
      },
      ...invalid(
        'ImageStream',
        's',
        '[spec.tags[t].referencePolicy.type: Invalid value: "Elsewhere": valid values are "Source", "Local", ' +
          `spec.tags[t].importPolicy.importMode: Invalid value: "Both": invalid import mode, valid modes are '', 'Legacy', 'PreserveOriginal']`,
      ),
    },
    {
      name: 'whose tag names its source in too many parts',
      path,
      body: {
        metadata: { name: 's' },
        spec: { tags: [{ name: 't', from: { kind: 'ImageStreamTag', name: 'a:b:c' } }] },
      },
      ...invalid(
        'ImageStream',
        's',
        '[]: Internal error: imagestreams "s" is invalid: spec.tags[t].from.name: Invalid value: "a:b:c": must be of the form <tag>, <repo>:<tag>, <id>, or <repo>@<id>',
      ),
    },
    {
      name: 'whose tag points to a stream that is not there',
      path,
      body: {
        metadata: { name: 's' },
        spec: { tags: [{ name: 't', from: { kind: 'ImageStreamTag', name: 'nosuch:b' } }] },
      },
      ...invalid(
        'ImageStream',
        's',
        '[]: Internal error: imagestreams "s" is invalid: spec.tags[t].from.name: Not found: "nosuch:b"',
      ),
    },
    {
      name: 'whose status gets an empty pull spec',
      method: 'PATCH',
      path: `${path}/app/status`,
      body: { status: { tags: [{ tag: 'x', items: [{ created: '2026-01-01T00:00:00Z' }] }] } },
      ...invalid(
        'ImageStream',
        'app',
        'status.tags[x].items[0].dockerImageReference: Invalid value: "": repository name must have at least one component',
      ),
    },
  ]);

  test('what a write of the status leaves out of an entry is filled in', async () => {
    const items = [{ dockerImageReference: 'quay.io/a/b:c' }];
    const conditions = [{ type: 'ImportSuccess', status: 'False' }];
    await api.post(path, { metadata: { name: 'bare' } });
    const answer = await api.patch(`${path}/bare/status`, {
      status: { tags: [{ tag: 'x', items, conditions }] },
    });
    expect(answer.body.status.tags).toEqual([
      {
        tag: 'x',
        items: [{ created: null, dockerImageReference: 'quay.io/a/b:c', image: '', generation: 1 }],
        conditions: [
          { type: 'ImportSuccess', status: 'False', lastTransitionTime: null, generation: 0 },
        ],
      },
    ]);
    const table = await api.send({
      method: 'GET',
      path,
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    const rows: { cells: string[] }[] = table.body.rows;
    expect(rows.map(({ cells }) => cells).find(([name]) => name === 'bare')?.[2]).toBe('x');
  });

  test('an annotation that allows plain HTTP lets registries in that are listed with port 80', async () => {
    const spec = { tags: [{ name: 't', from: external('plain.example/a/b:c') }] };
    const secure = await api.post(path, { metadata: { name: 'secure' }, spec });
    expect(secure.body.message).toContain('registry "plain.example" not allowed by whitelist');
    const annotations = { 'openshift.io/image.insecureRepository': 'true' };
    const plain = await api.post(path, { metadata: { name: 'plain', annotations }, spec });
    expect(plain.status).toBe(201);
  });
});

describe('an ImageStreamTag is refused', () => {
  const path = `${ns}/imagestreamtags`;
  expectRefused([
    {
      name: 'with the version of a stream that is gone',
      method: 'PUT',
      path: `${path}/gone:v1`,
      body: {
        metadata: { name: 'gone:v1', resourceVersion: '1' },
        tag: { from: external('quay.io/a/b:c') },
      },
      code: 404,
      message: 'imagestreamtags.image.openshift.io "gone:v1" not found',
    },
    {
      name: 'when neither it nor the request has a source',
      method: 'PUT',
      path: `${path}/taken:none`,
      body: { metadata: { name: 'taken:none' } },
      code: 400,
      message: 'imagestreamtag none is not a spec tag in imagestream app/taken, cannot be updated',
    },
    {
      name: 'with the id of another stream',
      method: 'PUT',
      path: `${path}/app:v1`,
      body: {
        metadata: { name: 'app:v1', uid: 'another' },
        tag: { from: external('quay.io/a/b:c') },
      },
      ...invalid(
        'ImageStreamTag',
        'app:v1',
        'metadata.uid: Invalid value: "another": field is immutable',
      ),
    },
    {
      name: 'without a name',
      path,
      body: { metadata: {}, tag: { from: external('quay.io/a/b:c') } },
      ...invalid(
        'ImageStreamTag',
        '',
        'metadata.name: Required value: name or generateName is required',
      ),
    },
    {
      name: 'with a name of two colons',
      method: 'GET',
      path: `${path}/a:b:c`,
      code: 400,
      message: 'ImageStreamTags must be retrieved with <name>:<tag>',
    },
    {
      name: 'deleted with the id of another stream',
      method: 'DELETE',
      path: `${path}/app:v1`,
      body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'another' } },
      code: 409,
      message:
        'Operation cannot be fulfilled on imagestreamtags.image.openshift.io "app:v1": the UID precondition was not met',
    },
  ]);
});

describe('an ImageTag', () => {
  const path = `${ns}/imagetags`;
  expectRefused([
    {
      name: 'is refused with the version of a stream that is gone',
      method: 'PUT',
      path: `${path}/gone:v1`,
      body: { metadata: { name: 'gone:v1', resourceVersion: '1' }, spec: { name: 'v1' } },
      code: 404,
      message: 'imagetags.image.openshift.io "gone:v1" not found',
    },
    {
      name: 'is refused where its name is not one of a tag',
      path,
      body: { metadata: { name: 'nocolon' }, spec: { name: 'x' } },
      ...invalid('ImageTag', 'nocolon', 'spec.name: Invalid value: "x": must match image tag name'),
    },
    {
      name: 'is refused without a tag in its name',
      method: 'GET',
      path: `${path}/app:`,
      code: 400,
      message: 'ImageTags must be retrieved with <name>:<tag>',
    },
    {
      name: 'is refused with the source of a kind that there is not',
      path,
      body: { metadata: { name: 'taken:k' }, spec: { name: 'k', from: { kind: 'X', name: 'y' } } },
      ...invalid(
        'ImageTag',
        'taken:k',
        "spec.from.kind: Required value: valid values are 'DockerImage', 'ImageStreamImage', 'ImageStreamTag'",
      ),
    },
  ]);

  test.for([
    { method: 'POST', path, name: 'taken:made' },
    { method: 'PUT', path: `${path}/madenew:made`, name: 'madenew:made' },
  ])('that is new need not repeat its name: $method', async ({ method, path: place, name }) => {
    const body = { metadata: { name }, spec: { from: external('quay.io/a/b:c') } };
    const answer = await api.send({ method, path: place, body });
    expect(answer.status).toBe(201);
    expect(answer.body.spec.name).toBe('made');
  });
});

describe('an import is refused', () => {
  const path = `${ns}/imagestreamimports`;
  expectRefused([
    {
      name: 'of nothing',
      path,
      body: { metadata: { name: 'v' }, spec: { import: true } },
      ...invalid(
        'ImageStreamImport',
        'v',
        'spec.images: Invalid value: "null": you must specify at least one image or a repository import',
      ),
    },
    {
      name: 'of what is no image, with everything else that is wrong',
      path,
      body: {
        metadata: { name: 'v' },
        spec: {
          import: true,
          images: [
            {
              from: { kind: 'ImageStreamTag', name: 'a:b' },
              to: { name: '' },
              importPolicy: { importMode: 'Both' },
            },
          ],
          repository: {
            from: { kind: 'ImageStream', name: 'a' },
            importPolicy: { importMode: 'Both' },
          },
        },
      },
      ...invalid(
        'ImageStreamImport',
        'v',
        '[spec.images[0].from.kind: Invalid value: "ImageStreamTag": only DockerImage is supported, ' +
          `spec.images[0].importPolicy.importMode: Invalid value: "Both": invalid import mode, valid modes are '', 'Legacy', 'PreserveOriginal', ` +
          'spec.repository.from.kind: Invalid value: "ImageStream": only DockerImage is supported, ' +
          `spec.repository.importPolicy.importMode: Invalid value: "Both": invalid import mode, valid modes are '', 'Legacy', 'PreserveOriginal']`,
      ),
    },
    {
      name: 'of a repository with a tag',
      path,
      body: {
        metadata: { name: 'v' },
        spec: { import: true, repository: { from: external('quay.io/a/b:c') } },
      },
      ...invalid(
        'ImageStreamImport',
        'v',
        'spec.repository.from.name: Invalid value: "quay.io/a/b:c": you must specify an image repository, not a tag or ID',
      ),
    },
  ]);
});

describe('an image and its signatures are refused', () => {
  const path = `${group}/images`;
  const signatures = `${group}/imagesignatures`;
  const trusted = [{ type: 'Trusted', status: 'True' }];
  expectRefused([
    {
      name: 'an image with an unreadable pull spec',
      path,
      body: image({ metadata: { name: 'i' }, dockerImageReference: 'a//b' }),
      ...invalid(
        'Image',
        'i',
        'dockerImageReference: Invalid value: "a//b": invalid reference format',
      ),
    },
    {
      name: 'an image with a signature without a name',
      path,
      body: image({
        metadata: { name: 'i' },
        signatures: [{ type: 'AtomicImageV1', content: 'aGk=' }],
      }),
      ...invalid(
        'Image',
        'i',
        '[signatures[0].metadata.name: Required value: name or generateName is required, ' +
          'signatures[0].metadata.name: Invalid value: "": name must be of format <imageName>@<signatureName>]',
      ),
    },
    {
      name: 'an image with half a verdict on a signature',
      path,
      body: image({
        metadata: { name: 'i' },
        signatures: [
          {
            metadata: { name: 'i@s' },
            type: 'AtomicImageV1',
            content: 'aGk=',
            conditions: trusted,
            imageIdentity: 'quay.io/a',
          },
        ],
      }),
      ...invalid(
        'Image',
        'i',
        'signatures[0].conditions: Invalid value: [{"type":"Trusted","status":"True"}]: missing "ForImage" condition type',
      ),
    },
    {
      name: 'an image in a mapping with a namespace and a bad label',
      path: `${ns}/imagestreammappings`,
      body: {
        metadata: { name: 'taken' },
        tag: 'v',
        image: { metadata: { name: digest, namespace: 'app', labels: { 'a b': 'c' } } },
      },
      ...invalid(
        'ImageStreamMapping',
        'taken',
        '[image.metadata.namespace: Forbidden: not allowed on this type, ' +
          `image.metadata.labels: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')]`,
      ),
    },
    {
      name: 'a signature with labels',
      path: signatures,
      body: {
        metadata: { name: `${digest}@s`, labels: { a: 'b' } },
        type: 'AtomicImageV1',
        content: 'aGk=',
      },
      ...invalid(
        'ImageSignature',
        `${digest}@s`,
        'metadata.labels: Forbidden: signature labels cannot be set',
      ),
    },
    {
      name: 'a signature of an image that is not there',
      path: signatures,
      body: { metadata: { name: 'nosuch@s' }, type: 'AtomicImageV1', content: 'aGk=' },
      code: 404,
      message: 'images.image.openshift.io "nosuch" not found',
    },
    {
      name: 'the deletion of a signature without an image',
      method: 'DELETE',
      path: `${signatures}/nosig`,
      code: 400,
      message: 'ImageSignatures must be accessed with <imageName>@<signatureName>',
    },
  ]);
});

test('the pull secrets of a namespace are read page by page', async () => {
  for (const name of ['one', 'three', 'two'])
    await api.post('/api/v1/namespaces/app/secrets', {
      metadata: { name },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': '{"auths":{}}' },
    });
  const path = `${ns}/imagestreams/any/secrets?limit=2`;
  const first = (await api.get(path)).body;
  const rest = (await api.get(`${path}&continue=${first.metadata.continue}`)).body;
  const pages: { items: { metadata: { name: string } }[] }[] = [first, rest];
  expect(pages.map(({ items }) => items.map(({ metadata }) => metadata.name))).toEqual([
    ['one', 'three'],
    ['two'],
  ]);
});
