import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { startTestApi, type TestApi } from './support/api.ts';

let api: TestApi;
const announced: string[] = [];

const group = '/apis/image.openshift.io/v1';
const ns = `${group}/namespaces/app`;

beforeAll(async () => {
  api = await startTestApi({
    namespaces: ['app', 'paged', 'other', 'limited'],
    hosts: { internal: 'registry.local:5000' },
    importQueue: { enqueueRequest: async (id) => void announced.push(id) },
    authorize: ({ namespace, resource, subresource }) => ({
      allow: namespace === 'app' && !(resource === 'imagestreams' && subresource === 'layers'),
      reason: 'not for you',
    }),
  });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function digest(seed: number): string {
  return `sha256:${seed.toString(16).padStart(64, '0')}`;
}

/** Puts an image onto a tag, as a registry does after a push. */
async function push(namespace: string, stream: string, tag: string, seed: number): Promise<void> {
  const answer = await api.post(`${group}/namespaces/${namespace}/imagestreammappings`, {
    metadata: { name: stream },
    tag,
    image: {
      metadata: { name: digest(seed) },
      dockerImageReference: `quay.io/acme/${stream}@${digest(seed)}`,
    },
  });
  expect(answer.status).toBe(201);
}

function names(list: { items: { metadata: { name: string } }[] }): string[] {
  return list.items.map((item) => item.metadata.name);
}

describe('dry runs store nothing', () => {
  beforeAll(async () => {
    await api.post(`${ns}/imagestreams`, { metadata: { name: 'dry' } });
    await push('app', 'dry', 'real', 1);
  });

  const external = { from: { kind: 'DockerImage', name: 'quay.io/acme/app:1' } };

  test.for<{ name: string; method: string; path: string; body?: unknown }>([
    {
      name: 'a new ImageStreamTag',
      method: 'POST',
      path: 'imagestreamtags',
      body: { metadata: { name: 'dry:made' }, tag: external },
    },
    {
      name: 'a new ImageStreamTag of a new stream',
      method: 'POST',
      path: 'imagestreamtags',
      body: { metadata: { name: 'drynew:made' }, tag: external },
    },
    {
      name: 'a written ImageStreamTag',
      method: 'PUT',
      path: 'imagestreamtags/dry:put',
      body: { metadata: { name: 'dry:put' }, tag: external },
    },
    { name: 'a deleted ImageStreamTag', method: 'DELETE', path: 'imagestreamtags/dry:real' },
    {
      name: 'a new ImageTag',
      method: 'POST',
      path: 'imagetags',
      body: { metadata: { name: 'dry:itag' }, spec: { name: 'itag', ...external } },
    },
    { name: 'a deleted ImageTag', method: 'DELETE', path: 'imagetags/dry:real' },
    {
      name: 'a push',
      method: 'POST',
      path: 'imagestreammappings',
      body: {
        metadata: { name: 'dry' },
        tag: 'pushed',
        image: { metadata: { name: digest(77) }, dockerImageReference: 'quay.io/acme/dry' },
      },
    },
  ])('$name', async ({ method, path, body }) => {
    const before = await api.record.objects.currentRevision();
    const answer = await api.send({ method, path: `${ns}/${path}?dryRun=All`, body });
    expect([200, 201]).toContain(answer.status);
    expect(await api.record.objects.currentRevision()).toBe(before);
  });
});

describe('lists of ImageStreamTags', () => {
  const tags = ['z', 'a', 'm'];
  const expected = ['one:a', 'one:m', 'one:z', 'three:a', 'three:m', 'three:z', 'two:a'];

  beforeAll(async () => {
    for (const stream of ['two', 'one', 'three', 'empty'])
      await api.post(`${group}/namespaces/paged/imagestreams`, {
        metadata: { name: stream, labels: { name: stream } },
      });
    for (const [index, tag] of tags.entries()) {
      await push('paged', 'one', tag, 10 + index);
      await push('paged', 'three', tag, 20 + index);
    }
    await push('paged', 'two', 'a', 30);
  });

  test('are sorted by stream and tag', async () => {
    const answer = await api.get(`${group}/namespaces/paged/imagestreamtags`);
    expect(names(answer.body)).toEqual(expected);
  });

  test.for([1, 2, 3, 4, 6, 7, 8])(
    'come in pages of %i without gap or repetition',
    async (limit) => {
      const found: string[] = [];
      let token: string | undefined = '';
      let pages = 0;
      while (token !== undefined && pages < 20) {
        const path = `${group}/namespaces/paged/imagestreamtags?limit=${limit}&continue=${token}`;
        const { body } = await api.get(path);
        expect(body.items.length).toBeLessThanOrEqual(limit);
        found.push(...names(body));
        token = body.metadata.continue;
        pages += 1;
      }
      expect(found).toEqual(expected);
      expect(pages).toBe(Math.ceil(expected.length / limit));
    },
  );

  test('go on as of the first page when tags are added meanwhile', async () => {
    const path = `${group}/namespaces/paged/imagetags?limit=4`;
    const first = await api.get(path);
    await push('paged', 'two', 'late', 31);
    const second = await api.get(`${path}&continue=${first.body.metadata.continue}`);
    expect(names(second.body)).toEqual(['three:m', 'three:z', 'two:a']);
    await api.delete(`${group}/namespaces/paged/imagestreamtags/two:late`);
  });

  test('of ImageTags do not repeat who owns which field of the stream, a single one says it', async () => {
    const streams = `${group}/namespaces/paged/imagestreams`;
    const reference = { name: 'a', reference: true, from: { kind: 'DockerImage', name: 'a.b/c' } };
    const made = await api.post(streams, {
      metadata: { name: 'owned' },
      spec: { tags: [reference, { ...reference, name: 'b' }] },
    });
    expect(made.body.metadata.managedFields).toHaveLength(1);
    const list = await api.get(`${group}/namespaces/paged/imagetags`);
    const first = list.body.items[names(list.body).indexOf('owned:a')];
    expect(first.metadata).toMatchObject({ name: 'owned:a', uid: made.body.metadata.uid });
    expect(first.metadata).not.toHaveProperty('managedFields');
    const single = await api.get(`${group}/namespaces/paged/imagetags/owned:a`);
    expect(single.body.metadata.managedFields).toHaveLength(1);
    await api.delete(`${streams}/owned`);
  });

  test('are selected by the name of the tag and by labels of the stream', async () => {
    const path = `${group}/namespaces/paged/imagestreamtags`;
    const byName = await api.get(`${path}?fieldSelector=metadata.name%3Dthree:m`);
    expect(names(byName.body)).toEqual(['three:m']);
    const byLabel = await api.get(`${path}?labelSelector=name%3Dtwo&limit=5`);
    expect(names(byLabel.body)).toEqual(['two:a']);
  });

  test('a token that is none of ours is refused', async () => {
    const answer = await api.get(`${group}/namespaces/paged/imagestreamtags?continue=nonsense`);
    expect(answer.status).toBe(400);
  });
});

describe('writers at the same time', () => {
  test('twelve tags written at once without a version all land', async () => {
    await api.post(`${ns}/imagestreams`, { metadata: { name: 'busy' } });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        api.put(`${ns}/imagestreamtags/busy:t${index}`, {
          metadata: { name: `busy:t${index}` },
          tag: { from: { kind: 'DockerImage', name: 'quay.io/acme/app:1' } },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    const { body } = await api.get(`${ns}/imagestreams/busy`);
    expect(body.spec.tags).toHaveLength(12);
    expect(body.metadata.generation).toBe(13);
  });

  test('twelve pushes at once all land', async () => {
    await api.post(`${ns}/imagestreams`, { metadata: { name: 'pushed' } });
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => push('app', 'pushed', `p${index}`, 100 + index)),
    );
    const { body } = await api.get(`${ns}/imagestreams/pushed`);
    expect(body.status.tags).toHaveLength(12);
  });
});

describe('sources in other namespaces', () => {
  beforeAll(async () => {
    await api.post(`${group}/namespaces/other/imagestreams`, { metadata: { name: 'base' } });
    await push('other', 'base', '1', 200);
  });

  const body = {
    metadata: { name: 'taken:1' },
    tag: { from: { kind: 'ImageStreamTag', namespace: 'other', name: 'base:1' } },
  };

  test('are refused to a user who may not get the layers, with the reason', async () => {
    const answer = await api.send({
      method: 'POST',
      path: `${ns}/imagestreamtags`,
      body,
      headers: { authorization: 'Bearer dev' },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toBe(
      'ImageStream.image.openshift.io "taken" is invalid: []: Internal error: imagestreams "taken" is invalid: spec.tags[1].from: Forbidden: other/base: "not for you" ""',
    );
  });

  test('are copied for a user who may', async () => {
    const answer = await api.post(`${ns}/imagestreamtags`, body);
    expect(answer.status).toBe(201);
    expect(answer.body.image.metadata.name).toBe(digest(200));
  });
});

describe('the status of streams', () => {
  test('can be written by itself and leaves the spec alone', async () => {
    await api.post(`${ns}/imagestreams`, {
      metadata: { name: 'status' },
      spec: { tags: [{ name: 'a', from: { kind: 'DockerImage', name: 'quay.io/acme/app:1' } }] },
    });
    const answer = await api.patch(`${ns}/imagestreams/status/status`, {
      spec: { tags: [] },
      status: {
        tags: [
          {
            tag: 'a',
            items: [
              {
                created: '2026-01-01T00:00:00Z',
                dockerImageReference: 'quay.io/acme/app@' + digest(5),
                image: digest(5),
                generation: 0,
              },
            ],
          },
        ],
      },
    });
    expect(answer.status).toBe(200);
    expect(answer.body.spec.tags).toHaveLength(1);
    expect(answer.body.status.tags[0].items[0].generation).toBe(1);
  });
});

describe('patches', () => {
  test.for(['', '/status'])(
    'are of what clients see, with history and all: strict, of imagestreams/NAME%s',
    async (subresource) => {
      const name = `strict${subresource.slice(1)}`;
      await api.post(`${ns}/imagestreams`, { metadata: { name } });
      await push('app', name, 'a', 300);
      const answer = await api.patch(
        `${ns}/imagestreams/${name}${subresource}?fieldValidation=Strict`,
        { metadata: { labels: { a: 'b' } } },
      );
      expect(answer.body.message).toBeUndefined();
      expect(answer.status).toBe(200);
      expect(answer.body.status.tags[0].items[0]).toEqual({
        created: expect.any(String),
        dockerImageReference: `quay.io/acme/${name}@${digest(300)}`,
        image: digest(300),
        generation: 1,
      });
    },
  );
});

describe('quotas', () => {
  test('count the streams that there are', async () => {
    await api.post('/api/v1/namespaces/limited/resourcequotas', {
      metadata: { name: 'few' },
      spec: { hard: { 'openshift.io/imagestreams': '1' } },
    });
    const streams = `${group}/namespaces/limited/imagestreams`;
    expect((await api.post(streams, { metadata: { name: 'a' } })).status).toBe(201);
    const refused = await api.post(streams, { metadata: { name: 'b' } });
    expect(refused.status).toBe(403);
    expect(refused.body.message).toContain('exceeded quota: few');
    const quota = await api.get('/api/v1/namespaces/limited/resourcequotas/few');
    expect(quota.body.status.used).toEqual({ 'openshift.io/imagestreams': '1' });
  });
});

describe('imports', () => {
  test('the request is withdrawn when the client goes away', async () => {
    const sent = api.send({
      method: 'POST',
      path: `${ns}/imagestreamimports`,
      body: {
        metadata: { name: 'slow' },
        spec: {
          import: true,
          images: [{ from: { kind: 'DockerImage', name: 'quay.io/acme/app:1' } }],
        },
      },
      cutAfterMs: 300,
    });
    await expect(sent).rejects.toThrow('socket hang up');
    expect(announced).toHaveLength(1);
    await vi.waitFor(
      async () => expect(await api.record.mailbox.read(announced[0]!)).toBeUndefined(),
      { timeout: 5000 },
    );
  });

  test('what cannot be imported is refused before anybody is asked', async () => {
    const answer = await api.post(`${ns}/imagestreamimports`, {
      metadata: { name: 'bad' },
      spec: { import: true, images: [] },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain(
      'you must specify at least one image or a repository import',
    );
  });
});
