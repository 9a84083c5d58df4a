/** Many clients that write one stream at the very same time. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { ImageStream, TagEvent } from '#src/domain/types.ts';

import { startTestApi, type ApiAnswer, type TestApi } from './support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ namespaces: ['app'] });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const ns = '/apis/image.openshift.io/v1/namespaces/app';
const writers = Array.from({ length: 100 }, (_, index) => index);

function digestOf(index: number): string {
  return `sha256:${index.toString(16).padStart(64, '0')}`;
}

function push(stream: string, tag: string, index: number): Promise<ApiAnswer> {
  return api.post(`${ns}/imagestreammappings`, {
    metadata: { name: stream },
    image: {
      metadata: { name: digestOf(index) },
      dockerImageReference: `registry:5000/app/${stream}@${digestOf(index)}`,
      dockerImageMetadata: { Id: digestOf(index), Size: 1 },
    },
    tag,
  });
}

async function made(name: string): Promise<void> {
  expect((await api.post(`${ns}/imagestreams`, { metadata: { name } })).status).toBe(201);
}

async function streamOf(name: string): Promise<ImageStream> {
  return (await api.get(`${ns}/imagestreams/${name}`)).body as ImageStream;
}

function history(stream: ImageStream, tag: string): TagEvent[] {
  return stream.status.tags?.find((each) => each.tag === tag)?.items ?? [];
}

test('a hundred puts of tags all land, each at a generation of its own', async () => {
  await made('tags');
  const answers = await Promise.all(
    writers.map((index) =>
      api.put(`${ns}/imagestreamtags/tags:t${index}`, {
        metadata: { name: `tags:t${index}` },
        tag: {
          name: `t${index}`,
          reference: true,
          from: { kind: 'DockerImage', name: `quay.io/acme/app@${digestOf(index)}` },
        },
      }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(writers.map(() => 201));
  const stream = await streamOf('tags');
  expect(stream.metadata.generation).toBe(101);
  expect(stream.spec.tags?.map(({ name }) => name)).toEqual(
    writers.map((index) => `t${index}`).toSorted(),
  );
  const generations = (stream.spec.tags ?? []).map(({ generation }) => generation ?? 0);
  expect(generations.toSorted((a, b) => a - b)).toEqual(writers.map((index) => index + 2));
});

test('a hundred pushes onto tags of their own all land', async () => {
  await made('pushes');
  const answers = await Promise.all(writers.map((index) => push('pushes', `t${index}`, index)));
  expect(answers.map(({ status }) => status)).toEqual(writers.map(() => 201));
  const stream = await streamOf('pushes');
  for (const index of writers)
    expect(history(stream, `t${index}`).map(({ image }) => image)).toEqual([digestOf(index)]);
});

test('of pushes onto one tag each that is answered 201 is in the history, and no other', async () => {
  await made('one');
  const answers = await Promise.all(writers.map((index) => push('one', 'latest', index)));
  const landed = writers.filter((index) => answers[index]?.status === 201);
  const refused = answers.filter(({ status }) => status !== 201);
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 409));
  const items = history(await streamOf('one'), 'latest').map(({ image }) => image);
  expect(items.toSorted()).toEqual(landed.map(digestOf).toSorted());
  expect(landed.length).toBeGreaterThan(0);
});

test('writers of every kind at once lose nothing of each other', async () => {
  await made('mixed');
  const answers = await Promise.all(
    writers.map((index) => {
      if (index % 3 === 0) return push('mixed', `p${index}`, index);
      const from = { kind: 'DockerImage', name: `quay.io/acme/app:${index}` };
      if (index % 3 === 1)
        return api.post(`${ns}/imagetags`, {
          metadata: { name: `mixed:i${index}` },
          spec: { name: `i${index}`, reference: true, from },
        });
      return api.patch(`${ns}/imagestreams/mixed`, {
        metadata: { labels: { [`l${index}`]: 'x' } },
      });
    }),
  );
  expect(answers.filter(({ status }) => status >= 300).map(({ body }) => body)).toEqual([]);
  const stream = await streamOf('mixed');
  expect(Object.keys(stream.metadata.labels ?? {})).toHaveLength(33);
  expect(stream.status.tags?.filter(({ tag }) => tag.startsWith('p'))).toHaveLength(34);
  expect(stream.spec.tags).toHaveLength(33);
  expect(stream.metadata.generation).toBe(34);
});
