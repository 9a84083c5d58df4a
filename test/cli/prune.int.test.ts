/** `adm prune images` while others write, on the real server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiClient, type ApiClient, type ClientRequest } from '#src/cli/client.ts';
import { runCommandLine } from '#src/cli/run.ts';
import { imageKey } from '#src/resources/imagestreams/streams.ts';
import type { Objects } from '#src/store/objects.ts';
import { startTestApi, type TestApi } from '../resources/support/api.ts';

let api: TestApi;
const group = '/apis/image.openshift.io/v1';

beforeAll(async () => {
  api = await startTestApi({ namespaces: ['app'], between: pruningAtTheLast });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

/** Images that are removed right before a stream takes them up. */
const late = new Set<string>();

function pruningAtTheLast(objects: Objects): Objects {
  return {
    get: (key) => objects.get(key),
    list: (range, options) => objects.list(range, options),
    create: (key, object) => objects.create(key, object),
    delete: (key, version) => objects.delete(key, version),
    watch: (options) => objects.watch(options),
    currentRevision: () => objects.currentRevision(),
    async update(key, object) {
      if (key.resource.startsWith('imagestreams.'))
        for (const name of late) await objects.delete(imageKey(name));
      late.clear();
      return objects.update(key, object);
    },
  };
}

function digest(seed: number): string {
  return `sha256:${String(seed).repeat(64)}`;
}

async function push(stream: string, seed: number): Promise<void> {
  const answer = await api.post(`${group}/namespaces/app/imagestreammappings`, {
    metadata: { name: stream },
    tag: 'latest',
    image: {
      metadata: { name: digest(seed) },
      dockerImageReference: `quay.io/acme/${stream}@${digest(seed)}`,
    },
  });
  expect(answer.status).toBe(201);
}

/** Runs `adm prune images`; `before` comes before each request is sent. */
async function prune(
  before: (request: ClientRequest) => Promise<void>,
): Promise<{ out: string; err: string; exit: number }> {
  const output = { out: '', err: '' };
  const connection = {
    server: api.url,
    namespace: 'app',
    ca: api.ca,
    token: 'admin',
    skipTlsVerify: false,
  };
  const client = createApiClient(connection, () => undefined);
  const between: ApiClient = {
    ...client,
    async request<T>(request: ClientRequest): Promise<T> {
      await before(request);
      return client.request<T>(request);
    },
  };
  const args = ['adm', 'prune', 'images', '--confirm', '--keep-younger-than=0s'];
  const exit = await runCommandLine([...args, '--keep-tag-revisions=1'], (flags) => ({
    api: () => between,
    namespace: () => 'app',
    out: (text) => void (output.out += text),
    err: (text) => void (output.err += text),
    progress: () => undefined,
    readFile: () => Promise.reject(new Error('there is no file')),
    flags,
    ask: () => Promise.reject(new Error('there is no terminal')),
    edit: () => Promise.reject(new Error('there is no editor')),
    changeKubeconfig: () => Promise.reject(new Error('there is no kubeconfig')),
    now: () => Date.now(),
    signal: new AbortController().signal,
  }));
  client.close();
  return { ...output, exit };
}

test('an image that a tag takes up while it is being removed is there afterwards', async () => {
  for (const name of ['one', 'two'])
    await api.post(`${group}/namespaces/app/imagestreams`, { metadata: { name } });
  for (const seed of [1, 2, 3]) await push('one', seed);
  const ran = await prune(async ({ method, path }) => {
    // The image is known, so the push makes none; a moment later it is gone.
    if (method === 'DELETE' && path.endsWith(digest(1))) await push('two', 1);
  });
  expect(ran.exit).toBe(0);
  expect(ran.out).toContain('deleted 1 image object(s), deleted 2 image stream tag item(s)');
  expect(ran.err).toContain(`A tag has taken up image ${digest(1)} meanwhile: it is put back\n`);
  const tag = await api.get(`${group}/namespaces/app/imagestreamtags/two:latest`);
  expect(tag.body.image.metadata.name).toBe(digest(1));
  expect((await api.get(`${group}/images/${digest(2)}`)).status).toBe(404);
  expect((await api.get(`${group}/images/${digest(3)}`)).status).toBe(200);
});

test('a push makes an image again that is removed before the stream has it', async () => {
  await api.post(`${group}/namespaces/app/imagestreams`, { metadata: { name: 'late' } });
  late.add(digest(4));
  await push('late', 4);
  expect(late.size).toBe(0);
  const tag = await api.get(`${group}/namespaces/app/imagestreamtags/late:latest`);
  expect(tag.body.image?.metadata.name).toBe(digest(4));
});
