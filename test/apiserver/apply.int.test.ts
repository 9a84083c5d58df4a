import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Answer, type Harness, startHarness, widgetsPath } from './support/harness.ts';
import { createWidget, freshName, widget } from './support/objects.ts';

let api: Harness;

beforeAll(async () => {
  api = await startHarness();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function apply(name: string, manager: string, spec: object, query = ''): Promise<Answer> {
  return api.request('PATCH', `${widgetsPath}/${name}?fieldManager=${manager}${query}`, {
    body: widget({ name, spec }),
    headers: { 'content-type': 'application/apply-patch+yaml' },
  });
}

describe('server-side apply', () => {
  test('creates, and the second time changes nothing', async () => {
    const name = freshName();
    const first = await apply(name, 'a', { size: 1, parts: [{ name: 'x' }] });
    expect(first.status).toBe(201);
    expect(first.json.metadata.managedFields).toEqual([
      {
        manager: 'a',
        operation: 'Apply',
        apiVersion: 'example.dev/v1',
        time: expect.any(String),
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:parts': { 'k:{"name":"x"}': { '.': {}, 'f:name': {} } },
            'f:size': {},
          },
        },
      },
    ]);
    const second = await apply(name, 'a', { size: 1, parts: [{ name: 'x' }] });
    expect(second.status).toBe(200);
    expect(second.json).toEqual(first.json);
  });

  test('takes away what one owned alone and leaves out', async () => {
    const name = freshName();
    await apply(name, 'a', { size: 1, parts: [{ name: 'x' }, { name: 'y' }] });
    const { json } = await apply(name, 'a', { parts: [{ name: 'y' }] });
    expect(json.spec).toEqual({ colour: 'grey', parts: [{ name: 'y' }] });
    const empty = await apply(name, 'a', {});
    expect(empty.json.spec).toEqual({ colour: 'grey' });
  });

  test('keeps what another owns too', async () => {
    const name = freshName();
    await apply(name, 'a', { size: 1, parts: [{ name: 'x' }] });
    await apply(name, 'b', { size: 1, parts: [{ name: 'y' }] });
    const { json } = await apply(name, 'a', {});
    expect(json.spec).toMatchObject({ size: 1, parts: [{ name: 'y' }] });
  });

  test('is a conflict over what another set, until it is forced', async () => {
    const name = freshName();
    await createWidget(api, {
      name,
      spec: { size: 1, parts: [{ name: 'x', from: { name: 'f' } }] },
    });
    const wanted = { size: 2, parts: [{ name: 'x', from: { name: 'g' } }] };
    const { json } = await apply(name, 'a', wanted);
    expect(json).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Apply failed with 2 conflicts: conflicts with "unknown" using example.dev/v1:\n- .spec.parts[name="x"].from\n- .spec.size',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "unknown" using example.dev/v1',
            field: '.spec.parts[name="x"].from',
          },
          { field: '.spec.size' },
        ],
      },
    });
    const one = await apply(name, 'a', { size: 2 });
    expect(one.json.message).toBe(
      'Apply failed with 1 conflict: conflict with "unknown" using example.dev/v1: .spec.size',
    );
    const forced = await apply(name, 'a', wanted, '&force=true');
    expect(forced.json.spec).toMatchObject(wanted);
    expect((await apply(name, 'b', { size: 3 })).json.message).toBe(
      'Apply failed with 1 conflict: conflict with "a": .spec.size',
    );
  });

  test.for([
    {
      name: 'without a field manager',
      query: '',
      body: {},
      status: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    },
    {
      name: 'with managed fields',
      query: '?fieldManager=a',
      body: { metadata: { managedFields: [{ manager: 'a' }] } },
      status: 400,
      message: 'metadata.managedFields must be nil',
    },
    {
      name: 'of fields that the kind does not have',
      query: '?fieldManager=a',
      body: { spec: { bogus: 1 } },
      status: 400,
      message:
        'failed to create typed patch object (test/x; example.dev/v1, Kind=Widget): .spec.bogus: field not declared in schema',
    },
    {
      name: 'of items without their key',
      query: '?fieldManager=a',
      body: { spec: { parts: [{ from: { name: 'f' } }] } },
      status: 400,
      message:
        'failed to create typed patch object (test/x; example.dev/v1, Kind=Widget): associative list with keys has an element that omits key field "name"',
    },
  ])('$name is refused', async ({ query, body, status, message }) => {
    const { json } = await api.request('PATCH', `${widgetsPath}/x${query}`, {
      body,
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    expect(json).toMatchObject({ code: status, message });
  });

  test('of the status owns only the status', async () => {
    const name = freshName();
    await apply(name, 'a', { size: 1 });
    const { json } = await api.request('PATCH', `${widgetsPath}/${name}/status?fieldManager=c`, {
      body: { spec: { size: 9 }, status: { ready: true } },
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
    expect(json).toMatchObject({ spec: { size: 1 }, status: { ready: true } });
    expect(json.metadata.managedFields[1]).toMatchObject({
      manager: 'c',
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:ready': {} } },
    });
    const again = await apply(name, 'a', { size: 1 });
    expect(again.json.metadata.resourceVersion).toBe(json.metadata.resourceVersion);
  });
});

describe('other writes', () => {
  test('own what they change', async () => {
    const created = await createWidget(api, { spec: { size: 1 } });
    expect(created.metadata.managedFields).toMatchObject([
      {
        manager: 'unknown',
        operation: 'Update',
        fieldsV1: { 'f:spec': { '.': {}, 'f:size': {} } },
      },
    ]);
    const patched = await api.request(
      'PATCH',
      `${widgetsPath}/${created.metadata.name}?fieldManager=other`,
      {
        body: { spec: { size: 2 }, metadata: { labels: { a: 'b' } } },
        headers: { 'content-type': 'application/merge-patch+json' },
      },
    );
    const other = patched.json.metadata.managedFields.find(
      ({ manager }: { manager: string }) => manager === 'other',
    );
    expect(other.fieldsV1).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
      'f:spec': { 'f:size': {} },
    });
  });

  test('are named after their client', async () => {
    const { json } = await api.request('POST', widgetsPath, {
      body: widget({ spec: { size: 1 } }),
      headers: { 'user-agent': 'my-tool/1.2 (linux)' },
    });
    expect(json.metadata.managedFields[0].manager).toBe('my-tool');
  });

  test('give all ownership up with an empty list', async () => {
    const created = await createWidget(api, { spec: { size: 1 } });
    const { json } = await api.request('PATCH', `${widgetsPath}/${created.metadata.name}`, {
      body: { metadata: { managedFields: [{}] } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(json.metadata).not.toHaveProperty('managedFields');
  });
});

describe('kubectl apply --server-side', () => {
  const flags = ['apply', '--server-side', '-f', '-'];

  test('creates, repeats, conflicts and forces', async () => {
    const name = freshName();
    const manifest = JSON.stringify(widget({ name, spec: { size: 1 } }));
    expect((await api.kubectl(flags, manifest)).stdout).toContain('serverside-applied');
    const { json } = await api.request('GET', `${widgetsPath}/${name}`);
    await api.kubectl(flags, manifest);
    const again = await api.request('GET', `${widgetsPath}/${name}`);
    expect(again.json.metadata.resourceVersion).toBe(json.metadata.resourceVersion);
    await api.kubectl(['patch', 'wd', name, '--type=merge', '-p', '{"spec":{"size":5}}']);
    const conflict = await api.kubectl(flags, manifest);
    expect(conflict.stderr).toContain(
      'Apply failed with 1 conflict: conflict with "kubectl-patch" using example.dev/v1: .spec.size',
    );
    expect(await api.kubectl([...flags, '--force-conflicts'], manifest)).toMatchObject({
      exitCode: 0,
    });
    const diff = await api.kubectl(['diff', '--server-side', '-f', '-'], manifest);
    expect(diff).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('takes over what was applied from the client', async () => {
    const name = freshName();
    const before = JSON.stringify(widget({ name, spec: { size: 1, parts: [{ name: 'x' }] } }));
    await api.kubectl(['apply', '-f', '-'], before);
    expect(await api.kubectl(flags, before)).toMatchObject({ exitCode: 0 });
    const after = JSON.stringify(widget({ name, spec: { size: 1 } }));
    expect(await api.kubectl(flags, after)).toMatchObject({ exitCode: 0 });
    const { json } = await api.request('GET', `${widgetsPath}/${name}`);
    expect(json.spec).toEqual({ colour: 'grey', size: 1 });
    const managers = json.metadata.managedFields.map(({ manager }: { manager: string }) => manager);
    // kubectl leaves itself the annotation under a name of its own.
    expect(managers).toEqual(['kubectl', 'kubectl-last-applied']);
  });
});
