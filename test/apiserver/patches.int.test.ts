import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Answer, type Harness, startHarness, widgetsPath } from './support/harness.ts';
import { createWidget } from './support/objects.ts';

let api: Harness;

beforeAll(async () => {
  api = await startHarness();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

type PatchType = 'json-patch' | 'merge-patch' | 'strategic-merge-patch' | 'other';

function patch(name: string, type: PatchType, body: unknown): Promise<Answer> {
  return api.request('PATCH', `${widgetsPath}/${name}`, {
    body,
    headers: { 'content-type': `application/${type}+json` },
  });
}

const parts = [{ name: 'a', from: { name: 'x' } }, { name: 'b' }];

describe('a patch', () => {
  test('as merge patch replaces lists and removes with null', async () => {
    const { metadata } = await createWidget(api, { spec: { size: 1, parts } });
    const { status, json } = await patch(metadata.name, 'merge-patch', {
      spec: { size: null, parts: [{ name: 'c' }] },
    });
    expect(status).toBe(200);
    expect(json.spec).toEqual({ colour: 'grey', parts: [{ name: 'c' }] });
  });

  test('as strategic merge patch merges lists by their key', async () => {
    const { metadata } = await createWidget(api, { spec: { parts } });
    const { json } = await patch(metadata.name, 'strategic-merge-patch', {
      spec: {
        parts: [
          { name: 'b', from: { name: 'y' } },
          { name: 'a', $patch: 'delete' },
        ],
      },
    });
    expect(json.spec.parts).toEqual([{ name: 'b', from: { name: 'y' } }]);
  });

  test('as JSON patch does its operations', async () => {
    const { metadata } = await createWidget(api, { spec: { size: 1 } });
    const { json } = await patch(metadata.name, 'json-patch', [
      { op: 'test', path: '/spec/size', value: 1 },
      { op: 'add', path: '/metadata/labels', value: { 'a/b': 'c' } },
      { op: 'replace', path: '/metadata/labels/a~1b', value: 'd' },
    ]);
    expect(json.metadata.labels).toEqual({ 'a/b': 'd' });
  });

  test('that changes nothing writes nothing', async () => {
    const { metadata } = await createWidget(api, { spec: { size: 1 } });
    const { json } = await patch(metadata.name, 'merge-patch', { spec: { size: 1 } });
    expect(json.metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  test('with a stale resourceVersion is a conflict', async () => {
    const { metadata } = await createWidget(api);
    const { status } = await patch(metadata.name, 'merge-patch', {
      metadata: { resourceVersion: '1' },
      spec: { size: 1 },
    });
    expect(status).toBe(409);
  });

  test('without one is tried again until it wins: 50 at once all land', async () => {
    const { metadata } = await createWidget(api);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        patch(metadata.name, 'merge-patch', { metadata: { labels: { [`l${index}`]: 'x' } } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    const { json } = await api.request('GET', `${widgetsPath}/${metadata.name}`);
    expect(Object.keys(json.metadata.labels)).toHaveLength(50);
  });

  test.for<{ name: string; type: PatchType; body: unknown; status: number; message: string }>([
    {
      name: 'whose test fails',
      type: 'json-patch',
      body: [{ op: 'test', path: '/spec/colour', value: 'nope' }],
      status: 422,
      message: 'the server rejected our request due to an error in our request',
    },
    {
      name: 'of a path that is not there',
      type: 'json-patch',
      body: [{ op: 'remove', path: '/spec/nosuch' }],
      status: 422,
      message: 'the server rejected our request due to an error in our request',
    },
    {
      name: 'with too many operations',
      type: 'json-patch',
      body: Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'Widget' })),
      status: 413,
      message: 'The allowed maximum operations in a JSON patch is 10000, got 10001',
    },
    {
      name: 'that renames',
      type: 'json-patch',
      body: [{ op: 'replace', path: '/metadata/name', value: 'zz' }],
      status: 400,
      message: 'the name of the object (zz) does not match the name on the URL (refused)',
    },
    {
      name: 'without a merge key',
      type: 'strategic-merge-patch',
      body: { spec: { parts: [{ from: { name: 'nokey' } }] } },
      status: 400,
      message: 'map: map[from:map[name:nokey]] does not contain declared merge key: name',
    },
    {
      name: 'of an unknown type',
      type: 'other',
      body: {},
      status: 415,
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
    },
  ])('$name is refused', async ({ type, body, status, message }) => {
    await createWidget(api, { name: 'refused' });
    const answer = await patch('refused', type, body);
    await api.request('DELETE', `${widgetsPath}/refused`);
    expect(answer.json).toMatchObject({ code: status, message });
  });

  test('that is no JSON is refused', async () => {
    const { status, json } = await patch('x', 'merge-patch', '{bad');
    expect(status).toBe(400);
    expect(json.message).toMatch(/^error decoding patch: /);
  });

  test('with force is refused when it is no apply', async () => {
    const { json } = await api.request('PATCH', `${widgetsPath}/x?force=true`, {
      body: {},
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(json).toMatchObject({
      code: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    });
  });

  test('of a missing object is a 404', async () => {
    expect((await patch('nosuch', 'merge-patch', {})).status).toBe(404);
  });

  test('of the status changes nothing else', async () => {
    const { metadata } = await createWidget(api, { spec: { size: 1 } });
    const { json } = await api.request('PATCH', `${widgetsPath}/${metadata.name}/status`, {
      body: { spec: { size: 2 }, status: { ready: true } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(json).toMatchObject({ spec: { size: 1 }, status: { ready: true } });
  });
});
