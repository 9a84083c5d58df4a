/** Quotas under creators that come at the very same time. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { importsOf } from './golden/import-worker.ts';
import { RecordedImporter } from './golden/recorded-importer.ts';
import { startTestApi, type ApiAnswer, type TestApi } from './support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({
    namespaces: ['app', 'mixed', 'twice'],
    importQueue: importsOf(() => api, new RecordedImporter()),
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function path(namespace: string, resource: string): string {
  return `/apis/image.openshift.io/v1/namespaces/${namespace}/${resource}`;
}

async function limit(namespace: string, streams: number): Promise<void> {
  const answer = await api.post(`/api/v1/namespaces/${namespace}/resourcequotas`, {
    metadata: { name: 'q' },
    spec: { hard: { 'openshift.io/imagestreams': String(streams) } },
  });
  expect(answer.status).toBe(201);
}

/** Every way to make a stream. */
const makers: ((namespace: string, name: string) => Promise<ApiAnswer>)[] = [
  (namespace, name) => api.post(path(namespace, 'imagestreams'), { metadata: { name } }),
  (namespace, name) => putTag(namespace, `${name}:v1`),
  (namespace, name) =>
    api.post(path(namespace, 'imagetags'), {
      metadata: { name: `${name}:v1` },
      spec: { name: 'v1', reference: true, from: { kind: 'DockerImage', name: 'quay.io/a/b:c' } },
    }),
  (namespace, name) =>
    api.post(path(namespace, 'imagestreamimports'), {
      metadata: { name },
      spec: {
        import: true,
        images: [
          {
            from: { kind: 'DockerImage', name: '127.0.0.1:15000/acme/demo:v1' },
            to: { name: 'v1' },
            importPolicy: { insecure: true },
          },
        ],
      },
    }),
];

function putTag(namespace: string, name: string): Promise<ApiAnswer> {
  return api.put(path(namespace, `imagestreamtags/${name}`), {
    metadata: { name },
    tag: {
      name: name.split(':')[1],
      reference: true,
      from: { kind: 'DockerImage', name: 'quay.io/a/b:c' },
    },
  });
}

async function streamCount(namespace: string): Promise<number> {
  return (await api.get(path(namespace, 'imagestreams'))).body.items.length;
}

test.for([
  { namespace: 'app', ways: 1, name: 'by creating them' },
  { namespace: 'mixed', ways: 4, name: 'in every way there is' },
])(
  'twenty clients that make streams at once $name stay within the quota',
  async ({ namespace, ways }) => {
    await limit(namespace, 3);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => makers[index % ways]!(namespace, `s${index}`)),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(3);
    expect(await streamCount(namespace)).toBe(3);
    for (const { status, body } of answers.filter((each) => !made.includes(each))) {
      expect(status).toBe(403);
      expect(body.message).toMatch(
        /is forbidden: exceeded quota: q, requested: openshift.io\/imagestreams=1, used: openshift.io\/imagestreams=\d+, limited: openshift.io\/imagestreams=3$/,
      );
    }
    // Nothing is left of those that were refused: a place that becomes free can be taken at once.
    const { items } = (await api.get(path(namespace, 'imagestreams'))).body;
    await api.delete(path(namespace, `imagestreams/${items[0].metadata.name}`));
    expect((await makers[0]!(namespace, 'later')).status).toBe(201);
    expect((await makers[0]!(namespace, 'too-late')).status).toBe(403);
    const left = await api.record.objects.list({ resource: 'streamreservations.sluice' });
    expect(left.items).toEqual([]);
  },
);

test('writers of tags of one new stream do not refuse each other its place', async () => {
  await limit('twice', 1);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => putTag('twice', `only:t${index}`)),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect(await streamCount('twice')).toBe(1);
});
