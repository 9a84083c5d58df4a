import { afterAll, beforeAll, expect, test } from 'vitest';

import { startTestApi, type TestApi } from './support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ namespaces: ['app'] });
  await api.post(`${group}/namespaces/app/imagestreams`, { metadata: { name: 'app' } });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const group = '/apis/image.openshift.io/v1';
const core = '/api/v1/namespaces/app';
const digest = `sha256:${'a'.repeat(64)}`;

const tag = {
  name: 'v1',
  annotations: { a: 'b' },
  from: { kind: 'DockerImage', name: 'quay.io/acme/app:1', namespace: '' },
  generation: 1,
  reference: false,
  importPolicy: { insecure: true, scheduled: true, importMode: 'Legacy' },
  referencePolicy: { type: 'Source' },
};
const image = {
  metadata: { name: digest, annotations: { a: 'b' }, labels: { a: 'b' } },
  dockerImageReference: 'quay.io/acme/app:1',
  dockerImageMetadata: { kind: 'DockerImage', Id: digest, Size: 1, Config: { Env: ['A=1'] } },
  dockerImageMetadataVersion: '1.0',
  dockerImageManifest: '{"schemaVersion":2}',
  dockerImageLayers: [{ name: digest, size: 1, mediaType: 'x/y' }],
  dockerImageManifests: [
    { digest, mediaType: 'x/y', manifestSize: 1, architecture: 'amd64', os: 'linux' },
  ],
  signatures: [{ metadata: { name: `${digest}@a` }, type: 'AtomicImageV1', content: 'YQ==' }],
};

/** A good body for each kind; every one of its parts is replaced by nonsense in turn. */
const bodies: Readonly<Record<string, { path: string; body: unknown }>> = {
  imagestreams: {
    path: `${group}/namespaces/app/imagestreams`,
    body: {
      metadata: { name: 'new', labels: { a: 'b' }, annotations: { a: 'b' }, finalizers: ['a/b'] },
      spec: { lookupPolicy: { local: true }, dockerImageRepository: 'quay.io/a/b', tags: [tag] },
      status: {
        dockerImageRepository: 'x',
        tags: [{ tag: 'v1', items: [{ image: digest }], conditions: [{ type: 'ImportSuccess' }] }],
      },
    },
  },
  imagestreamtags: {
    path: `${group}/namespaces/app/imagestreamtags`,
    body: { metadata: { name: 'app:v1' }, tag, lookupPolicy: { local: true }, image },
  },
  imagetags: {
    path: `${group}/namespaces/app/imagetags`,
    body: { metadata: { name: 'app:v1' }, spec: tag, status: { tag: 'v1', items: [] }, image },
  },
  imagestreamimports: {
    path: `${group}/namespaces/app/imagestreamimports`,
    body: {
      metadata: { name: 'app', resourceVersion: '1' },
      spec: {
        import: true,
        repository: { from: { kind: 'Other', name: 'x' }, importPolicy: {}, referencePolicy: {} },
        images: [
          {
            from: { kind: 'Other', name: 'x' },
            to: { name: 'a' },
            importPolicy: {},
            referencePolicy: {},
          },
        ],
      },
    },
  },
  imagestreammappings: {
    path: `${group}/namespaces/app/imagestreammappings`,
    body: { metadata: { name: 'app' }, tag: 'v1', image },
  },
  images: { path: `${group}/images`, body: image },
  imagesignatures: {
    path: `${group}/imagesignatures`,
    body: {
      metadata: { name: `${digest}@a` },
      type: 'AtomicImageV1',
      content: 'YQ==',
      conditions: [{}],
    },
  },
  namespaces: {
    path: '/api/v1/namespaces',
    body: {
      metadata: { name: 'new' },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'x' },
    },
  },
  secrets: {
    path: `${core}/secrets`,
    body: {
      metadata: { name: 'x' },
      type: 'Opaque',
      data: { a: 'YQ==' },
      stringData: { b: 'c' },
      immutable: true,
    },
  },
  configmaps: {
    path: `${core}/configmaps`,
    body: { metadata: { name: 'x' }, data: { a: 'b' }, binaryData: { b: 'YQ==' }, immutable: true },
  },
  serviceaccounts: {
    path: `${core}/serviceaccounts`,
    body: { metadata: { name: 'x' }, secrets: [{ name: 'a' }], imagePullSecrets: [{ name: 'a' }] },
  },
  events: {
    path: `${core}/events`,
    body: {
      metadata: { name: 'x' },
      involvedObject: { namespace: 'app' },
      source: { component: 'a' },
      count: 1,
    },
  },
  limitranges: {
    path: `${core}/limitranges`,
    body: {
      metadata: { name: 'x' },
      spec: { limits: [{ type: 'openshift.io/Image', max: { storage: '1' } }] },
    },
  },
  resourcequotas: {
    path: `${core}/resourcequotas`,
    body: {
      metadata: { name: 'x' },
      spec: { hard: { a: '1' }, scopes: ['a'] },
      status: { used: { a: '1' } },
    },
  },
  projectrequests: {
    path: '/apis/project.openshift.io/v1/projectrequests',
    body: { metadata: { name: 'x', annotations: { a: 'b' } }, displayName: 'X', description: 'Y' },
  },
  subjectaccessreviews: {
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      spec: { user: 'a', groups: ['b'], extra: { a: ['b'] }, resourceAttributes: { verb: 'get' } },
    },
  },
  selfsubjectrulesreviews: {
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: { spec: { namespace: 'app' } },
  },
};

const nonsense: readonly unknown[] = [null, 7, 'x', true, [], {}, [null], ['x'], { a: null }];

test.for(Object.entries(bodies))(
  'a malformed document is the fault of whoever sent it: %s',
  { timeout: 120_000 },
  async ([, { path, body }]) => {
    const failed: string[] = [];
    for (const malformed of variants(body)) {
      const answer = await api.post(`${path}?dryRun=All`, malformed);
      if (answer.status >= 500 && !isRecorded(answer.body))
        failed.push(`${JSON.stringify(malformed)}\n  ${answer.text}`);
    }
    expect(failed.join('\n')).toBe('');
  },
);

/** A name without colon is a 500 in OpenShift too. */
function isRecorded(status: { message: string }): boolean {
  return status.message.endsWith('must be of the form <stream_name>:<tag>');
}

/** The document with each of its parts in turn replaced by each piece of nonsense. */
function* variants(value: unknown): Generator {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[key];
    for (const other of [...nonsense, ...variants(part)]) yield replaced(value, key, other);
  }
}

function replaced(value: object, key: string, part: unknown): unknown {
  if (Array.isArray(value)) return value.with(Number(key), part);
  return { ...value, [key]: part };
}
