import { expect, test } from 'vitest';
import { replay, type RecordedExchange } from './replay.ts';

const root = '/apis/image.openshift.io/v1/namespaces/app';

const from = { kind: 'DockerImage', name: 'quay.io/a/web:v1' };

function stream(resourceVersion: string): object {
  const metadata = {
    name: 'web',
    namespace: 'app',
    uid: 'u',
    resourceVersion,
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const tags = [{ name: 'v1', from, importPolicy: {}, referencePolicy: { type: 'Source' } }];
  return {
    kind: 'ImageStream',
    metadata,
    spec: { lookupPolicy: { local: false }, tags },
    status: { dockerImageRepository: '' },
  };
}

function read(resourceVersion: string): RecordedExchange {
  const path = `${root}/imagestreams/web`;
  return { method: 'GET', path, status: 200, response: stream(resourceVersion) };
}

function asked(status: number, response: object): RecordedExchange {
  return { method: 'POST', path: `${root}/imagestreamimports`, status, response };
}

const conflict = asked(409, {
  kind: 'Status',
  status: 'Failure',
  code: 409,
  reason: 'Conflict',
  message: 'the image stream was updated from "7" to "8"',
});

function run(http: readonly RecordedExchange[]): ReturnType<typeof replay> {
  return replay(['import-image', 'web:v1', '-n', 'app'], { now: 0, http });
}

test('an import of a stream that was written meanwhile is asked for again', async () => {
  const imported = asked(201, {
    kind: 'ImageStreamImport',
    metadata: { name: 'web', namespace: 'app' },
    spec: { import: true, images: [{ from, to: { name: 'v1' } }] },
    status: { import: stream('9'), images: [] },
  });
  const { exit, stderr, writes } = await run([read('7'), conflict, read('8'), imported]);
  expect([exit, stderr]).toEqual([0, '']);
  expect(writes).toHaveLength(2);
});

test('whoever is always overtaken is told so', async () => {
  const http = ['7', '8', '9', '10'].flatMap((version) => [read(version), conflict]);
  const { exit, stderr, writes } = await run(http);
  expect([exit, writes.length]).toEqual([1, 4]);
  expect(stderr).toContain('the image stream was updated from "7" to "8"');
});
