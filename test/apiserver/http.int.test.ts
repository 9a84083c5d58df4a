import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Harness, startHarness, widgetsPath } from './support/harness.ts';

let api: Harness;

beforeAll(async () => {
  api = await startHarness();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function widget(name: string, spec: object = {}): object {
  return { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name }, spec };
}

describe('reading and writing', () => {
  test('an object is created, read, replaced and deleted', async () => {
    const created = await api.request('POST', widgetsPath, { body: widget('life', { size: 1 }) });
    expect(created.status).toBe(201);
    expect(created.json.metadata).toMatchObject({
      name: 'life',
      namespace: 'test',
      generation: 1,
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      resourceVersion: expect.stringMatching(/^\d+$/),
    });
    const replaced = await api.request('PUT', `${widgetsPath}/life`, {
      body: { ...created.json, spec: { size: 2, colour: 'blue' } },
    });
    expect(replaced.json.metadata.generation).toBe(2);
    const read = await api.request('GET', `${widgetsPath}/life`);
    expect(read.json).toEqual(replaced.json);
    const deleted = await api.request('DELETE', `${widgetsPath}/life`, {
      headers: { 'content-type': 'application/json' },
    });
    expect(deleted.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: {
        name: 'life',
        group: 'example.dev',
        kind: 'widgets',
        uid: created.json.metadata.uid,
      },
    });
    expect((await api.request('GET', `${widgetsPath}/life`)).status).toBe(404);
  });

  test('kubectl works', async () => {
    const created = await api.kubectl(
      ['create', '--validate=false', '-f', '-'],
      JSON.stringify(widget('kube')),
    );
    expect(created).toMatchObject({ stdout: 'widget.example.dev/kube created\n', exitCode: 0 });
    const got = await api.kubectl(['get', 'wd', '-o', 'wide']);
    expect(got.stdout).toMatch(/^NAME +COLOUR +PARTS\nkube +grey +0\n/);
  });
});
