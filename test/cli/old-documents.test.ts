import { expect, test } from 'vitest';
import { replay } from './replay.ts';

const ns = '/apis/image.openshift.io/v1/namespaces/app';

/** As `oc export is` of OpenShift 3 wrote it, with numbers for tags. */
const stream = `
apiVersion: v1
kind: ImageStream
metadata:
  creationTimestamp: null
  labels: { build: 0x10 }
  name: ruby
  selfLink: /oapi/v1/namespaces/app/imagestreams/ruby
spec:
  tags:
  - annotations: { version: 3.10, supported: true }
    from: { kind: DockerImage, name: quay.io/acme/ruby:34 }
    name: 34
    generation: 2
  - from: { kind: ImageStreamTag, name: 34 }
    importPolicy: { scheduled: true }
    name: 3.10
`;

const today = {
  apiVersion: 'image.openshift.io/v1',
  kind: 'ImageStream',
  metadata: { name: 'ruby', labels: { build: '0x10' } },
  spec: {
    tags: [
      {
        annotations: { version: '3.10', supported: 'true' },
        from: { kind: 'DockerImage', name: 'quay.io/acme/ruby:34' },
        name: '34',
        generation: 2,
      },
      {
        from: { kind: 'ImageStreamTag', name: '34' },
        importPolicy: { scheduled: true },
        name: '3.10',
      },
    ],
  },
};

test('a stream of OpenShift 3 is created as one of today, its numbers as they were written', async () => {
  const { stdout, writes } = await replay(['create', '-f', '-', '-n', 'app'], {
    stdin: stream,
    now: 0,
    http: [{ method: 'POST', path: `${ns}/imagestreams`, status: 201, response: today }],
  });
  expect(stdout).toBe('imagestream.image.openshift.io/ruby created\n');
  const placed = { ...today, metadata: { ...today.metadata, namespace: 'app' } };
  expect(writes[0]?.body).toEqual(placed);
});

test('to apply it again changes nothing', async () => {
  const apply = ['apply', '-f', '-', '-n', 'app'];
  const query = 'fieldManager=kubectl-client-side-apply';
  const missing = { kind: 'Status', status: 'Failure', code: 404, reason: 'NotFound' };
  const path = `${ns}/imagestreams/ruby`;
  const first = await replay(apply, {
    stdin: stream,
    now: 0,
    http: [
      { method: 'GET', path, status: 404, response: missing },
      { method: 'POST', path: `${ns}/imagestreams?${query}`, status: 201, response: today },
    ],
  });
  expect(first.stdout).toBe('imagestream.image.openshift.io/ruby created\n');
  const second = await replay(apply, {
    stdin: stream,
    now: 0,
    http: [{ method: 'GET', path, status: 200, response: first.writes[0]?.body }],
  });
  expect(second.stdout).toBe('imagestream.image.openshift.io/ruby unchanged\n');
});

test('a mapping in a list is sent where mappings are today', async () => {
  const list = `
kind: List
apiVersion: v1
items:
- kind: ImageStreamMapping
  apiVersion: v1
  metadata: { name: ruby }
  tag: 35
  image:
    metadata: { name: "sha256:aa" }
    dockerImageMetadata: { kind: DockerImage, apiVersion: "1.0", Size: 7 }
    dockerImageMetadataVersion: 1.0
- kind: Secret
  apiVersion: v1
  metadata: { name: pull }
  stringData: { a: b }
`;
  const resources = [{ name: 'imagestreammappings', kind: 'ImageStreamMapping', namespaced: true }];
  const groups = [{ preferredVersion: { groupVersion: 'image.openshift.io/v1' } }];
  const { stdout, writes } = await replay(['create', '-f', '-', '-n', 'app'], {
    stdin: list,
    now: 0,
    http: [
      { method: 'GET', path: '/apis', status: 200, response: { groups } },
      { method: 'GET', path: '/api/v1', status: 200, response: { resources: [] } },
      {
        method: 'GET',
        path: '/apis/image.openshift.io/v1',
        status: 200,
        response: { resources: resources.map((each) => ({ ...each, singularName: '' })) },
      },
      {
        method: 'POST',
        path: `${ns}/imagestreammappings`,
        status: 201,
        response: { kind: 'Status', metadata: {}, status: 'Success' },
      },
      {
        method: 'POST',
        path: '/api/v1/namespaces/app/secrets',
        status: 201,
        response: { metadata: { name: 'pull' } },
      },
    ],
  });
  expect(stdout).toBe('imagestreammapping.image.openshift.io/ruby created\nsecret/pull created\n');
  expect(writes[0]?.body).toMatchObject({
    apiVersion: 'image.openshift.io/v1',
    tag: '35',
    image: { dockerImageMetadata: { Size: 7 }, dockerImageMetadataVersion: '1.0' },
  });
  expect(writes[1]?.body).toMatchObject({ apiVersion: 'v1', stringData: { a: 'b' } });
});
