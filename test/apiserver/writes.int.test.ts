import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Harness, startHarness, widgetsPath } from './support/harness.ts';
import { createNamespace, createWidget, freshName, widget } from './support/objects.ts';

let api: Harness;

beforeAll(async () => {
  api = await startHarness();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function sized(bytes: number): object {
  return { metadata: { name: freshName() }, data: { a: 'x'.repeat(bytes) } };
}

describe('an object', () => {
  test('is created, read, replaced and deleted', async () => {
    const created = await api.request('POST', widgetsPath, {
      body: widget({ name: 'life', spec: { size: 1 } }),
    });
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
    const deleted = await api.request('DELETE', `${widgetsPath}/life`);
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
    expect((await api.request('DELETE', `${widgetsPath}/life`)).status).toBe(404);
  });

  test('takes kind, apiVersion and namespace from the URL', async () => {
    const { status, json } = await api.request('POST', widgetsPath, {
      body: { metadata: { name: freshName() } },
    });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      kind: 'Widget',
      apiVersion: 'example.dev/v1',
      metadata: { namespace: 'test' },
    });
  });

  test('may be written as YAML', async () => {
    const { status, json } = await api.request('POST', widgetsPath, {
      body: 'metadata: {name: yaml}\nspec:\n  colour: blue\n',
      headers: { 'content-type': 'application/yaml' },
    });
    expect(status).toBe(201);
    expect(json.spec.colour).toBe('blue');
  });

  test('gets a name where only a prefix is given', async () => {
    const body = { metadata: { generateName: 'gen-' } };
    const [first, second] = await Promise.all([
      api.request('POST', widgetsPath, { body }),
      api.request('POST', widgetsPath, { body }),
    ]);
    expect(first.json.metadata.name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(second.json.metadata.name).not.toBe(first.json.metadata.name);
  });

  test('keeps nothing of what only the server sets', async () => {
    const { json } = await api.request('POST', widgetsPath, {
      body: {
        metadata: {
          name: freshName(),
          uid: 'mine',
          creationTimestamp: '2001-01-01T00:00:00Z',
          deletionTimestamp: '2001-01-01T00:00:00Z',
          generation: 9,
        },
        status: { ready: true },
      },
    });
    expect(json.metadata.uid).not.toBe('mine');
    expect(json.metadata.creationTimestamp).not.toContain('2001');
    expect(json.metadata).not.toHaveProperty('deletionTimestamp');
    expect(json.metadata.generation).toBe(1);
    expect(json).not.toHaveProperty('status');
  });

  test('may have labels with any key', async () => {
    const body = `{"metadata":{"name":"proto","labels":{"__proto__":"x","constructor":"y"}}}`;
    expect((await api.request('POST', widgetsPath, { body })).status).toBe(422);
    const legal = `{"metadata":{"name":"proto","labels":{"constructor":"y"},"annotations":{"toString":"z"}}}`;
    const { status, json } = await api.request('POST', widgetsPath, { body: legal });
    expect(status).toBe(201);
    expect(json.metadata.labels).toEqual({ constructor: 'y' });
  });

  test('has a name of up to 253 characters and more in its path', async () => {
    const name = `a${'b'.repeat(252)}`;
    await createWidget(api, { name });
    expect((await api.request('GET', `${widgetsPath}/${name}`)).status).toBe(200);
  });

  test('warns in a header', async () => {
    const { headers } = await api.request('POST', widgetsPath, {
      body: widget({ spec: { colour: 'red' } }),
    });
    expect(headers['warning']).toBe(String.raw`299 - "red is \"loud\""`);
  });

  test('warns of fields that it does not have, whatever they are called', async () => {
    const { status, json, headers } = await api.request('POST', widgetsPath, {
      body: widget({ spec: { größe: 1, '€': 2 } }),
    });
    expect(status).toBe(201);
    expect(json.spec).toEqual({ colour: 'grey' });
    expect(Buffer.from(headers['warning'] as string, 'latin1').toString()).toBe(
      '299 - "unknown field \\"spec.größe\\"", 299 - "unknown field \\"spec.€\\""',
    );
  });

  test('is refused when its fields are of a wrong type', async () => {
    const { json } = await api.request('POST', widgetsPath, {
      body: widget({ spec: { parts: 'many' } }),
    });
    expect(json).toMatchObject({
      code: 400,
      message:
        'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal string into Go struct field WidgetSpec.spec.parts of type []v1.Part',
    });
  });

  test('is refused with fields that it does not have when that is asked for', async () => {
    const { json } = await api.request('POST', `${widgetsPath}?fieldValidation=Strict`, {
      body: widget({ spec: { bogus: 1, parts: [{ name: 'a', bogus: 2 }] } }),
    });
    expect(json).toMatchObject({
      code: 400,
      message:
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.bogus", unknown field "spec.parts[0].bogus"',
    });
  });
});

describe('a write is refused', () => {
  test.for<{
    name: string;
    body: unknown;
    type?: string;
    path?: string;
    status: number;
    message: string;
  }>([
    {
      name: 'without a body',
      body: '',
      status: 400,
      message:
        "the object provided is unrecognized (must be of type Widget): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
    },
    {
      name: 'of another apiVersion',
      body: { ...widget(), apiVersion: 'v1' },
      status: 400,
      message:
        'the API version in the data (v1) does not match the expected API version (example.dev/v1)',
    },
    {
      name: 'of another kind',
      body: { ...widget(), kind: 'Gadget' },
      status: 400,
      message: 'Gadget in version "v1" cannot be handled as a Widget',
    },
    {
      name: 'for another namespace',
      body: { metadata: { name: 'x', namespace: 'other' } },
      status: 400,
      message:
        'the namespace of the provided object does not match the namespace sent on the request',
    },
    {
      name: 'in a missing namespace',
      body: widget(),
      path: '/apis/example.dev/v1/namespaces/nowhere/widgets',
      status: 404,
      message: 'namespaces "nowhere" not found',
    },
    {
      name: 'in an unknown format',
      body: 'x',
      type: 'text/plain',
      status: 415,
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    },
    {
      name: 'without a name',
      body: {},
      status: 422,
      message:
        'Widget.example.dev "" is invalid: metadata.name: Required value: name or generateName is required',
    },
    {
      name: 'with several errors',
      body: { metadata: { name: 'a/b' }, spec: { colour: '' } },
      status: 422,
      message: `Widget.example.dev "a/b" is invalid: [spec.colour: Required value: a widget has a colour, metadata.name: Invalid value: "a/b": may not contain '/']`,
    },
    {
      name: 'with a resourceVersion',
      body: { metadata: { name: 'x', resourceVersion: '1' } },
      status: 400,
      message: 'resourceVersion should not be set on objects to be created',
    },
    {
      name: 'with an unknown dryRun and fieldValidation',
      body: widget(),
      path: `${widgetsPath}?dryRun=x&fieldValidation=Zed`,
      status: 422,
      message:
        'CreateOptions.meta.k8s.io "" is invalid: [dryRun: Unsupported value: []string{"x"}: supported values: "All", fieldValidation: Unsupported value: "Zed": supported values: "", "Ignore", "Strict", "Warn"]',
    },
  ])('$name', async ({ body, type, path = widgetsPath, status, message }) => {
    const answer = await api.request('POST', path, {
      body,
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
    });
    expect(answer.json).toMatchObject({ kind: 'Status', status: 'Failure', code: status, message });
    expect(answer.status).toBe(status);
  });

  test('that is bigger than 3 MiB, and not one of 1 MiB', async () => {
    const path = '/api/v1/namespaces/test/secrets';
    expect((await api.request('POST', path, { body: sized(1 << 20) })).status).toBe(201);
    const answer = await api.request('POST', path, { body: sized(3 << 20) });
    expect(answer.json).toMatchObject({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    });
  });

  test.for(['application/json', 'application/yaml'])(
    'that is nested without end, in %s',
    async (type) => {
      const body = `{"metadata":{"name":"deep"},"spec":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
      const { status } = await api.request('POST', '/api/v1/namespaces/test/configmaps', {
        body,
        headers: { 'content-type': type },
      });
      expect(status).toBe(400);
    },
  );

  test('in a namespace that is being deleted', async () => {
    const name = freshName('going');
    await api.request('POST', '/api/v1/namespaces', {
      body: { metadata: { name, finalizers: ['example.dev/keep'] } },
    });
    await api.request('DELETE', `/api/v1/namespaces/${name}`);
    const { status, json } = await api.request(
      'POST',
      `/apis/example.dev/v1/namespaces/${name}/widgets`,
      { body: widget({ name: 'x' }) },
    );
    expect(status).toBe(403);
    expect(json.message).toBe(
      `widgets.example.dev "x" is forbidden: unable to create new content in namespace ${name} because it is being terminated`,
    );
    expect(json.details.causes[0].reason).toBe('NamespaceTerminating');
  });

  test('under a name that is taken', async () => {
    const { metadata } = await createWidget(api);
    const { json } = await api.request('POST', widgetsPath, {
      body: widget({ name: metadata.name }),
    });
    expect(json).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: `widgets.example.dev "${metadata.name}" already exists`,
    });
  });
});

describe('a replacement', () => {
  test('of a stale version is a conflict', async () => {
    const { metadata } = await createWidget(api);
    const { json } = await api.request('PUT', `${widgetsPath}/${metadata.name}`, {
      body: { metadata: { name: metadata.name, resourceVersion: '1' } },
    });
    expect(json).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on widgets.example.dev "${metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
    });
  });

  test('without a version is refused where the kind does not allow it', async () => {
    const { metadata } = await createWidget(api);
    const { json } = await api.request('PUT', `${widgetsPath}/${metadata.name}`, { body: {} });
    expect(json).toMatchObject({
      code: 422,
      message: `widgets.example.dev "${metadata.name}" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update`,
      details: { kind: 'widgets' },
    });
  });

  test('under another name or uid is refused', async () => {
    const { metadata } = await createWidget(api);
    const path = `${widgetsPath}/${metadata.name}`;
    const renamed = await api.request('PUT', path, { body: { metadata: { name: 'b' } } });
    expect(renamed.json).toMatchObject({
      code: 400,
      message: `the name of the object (b) does not match the name on the URL (${metadata.name})`,
    });
    const other = await api.request('PUT', path, {
      body: { metadata: { ...metadata, uid: 'other' } },
    });
    expect(other.json).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  test('of a missing object is a 404', async () => {
    expect((await api.request('PUT', `${widgetsPath}/none`, { body: {} })).status).toBe(404);
  });

  test('by the same writes nothing', async () => {
    const created = await createWidget(api);
    const { json } = await api.request('PUT', `${widgetsPath}/${created.metadata.name}`, {
      body: created,
    });
    expect(json.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  test('leaves the status alone, and one of the status everything else', async () => {
    const created = await createWidget(api, { spec: { size: 1 } });
    const path = `${widgetsPath}/${created.metadata.name}`;
    const status = await api.request('PUT', `${path}/status`, {
      body: { ...created, spec: { size: 2 }, status: { ready: true } },
    });
    expect(status.json).toMatchObject({ spec: { size: 1 }, status: { ready: true } });
    expect(status.json.metadata.generation).toBe(1);
    const main = await api.request('PUT', path, {
      body: { ...status.json, spec: { size: 3 }, status: { ready: false } },
    });
    expect(main.json).toMatchObject({ spec: { size: 3 }, status: { ready: true } });
    expect(main.json.metadata.generation).toBe(2);
  });
});

describe('a dry run', () => {
  test('answers what would be and stores nothing', async () => {
    const name = freshName();
    const { status, json } = await api.request('POST', `${widgetsPath}?dryRun=All`, {
      body: widget({ name }),
    });
    expect(status).toBe(201);
    expect(json.metadata.uid).toBeTruthy();
    expect((await api.request('GET', `${widgetsPath}/${name}`)).status).toBe(404);
    const kept = await createWidget(api);
    const path = `${widgetsPath}/${kept.metadata.name}`;
    const put = await api.request('PUT', `${path}?dryRun=All`, {
      body: { ...kept, spec: { size: 7 } },
    });
    expect(put.json.spec.size).toBe(7);
    await api.request('DELETE', path, { body: { dryRun: ['All'] } });
    await api.request('DELETE', `${path}?dryRun=All`);
    expect((await api.request('GET', path)).json).toEqual(kept);
  });

  test('finds the same conflicts', async () => {
    const { metadata } = await createWidget(api);
    const { status } = await api.request('POST', `${widgetsPath}?dryRun=All`, {
      body: widget({ name: metadata.name }),
    });
    expect(status).toBe(409);
  });
});

describe('a deletion', () => {
  test('waits for finalizers', async () => {
    const { metadata } = await createWidget(api, { finalizers: ['example.dev/hold'] });
    const path = `${widgetsPath}/${metadata.name}`;
    const deleted = await api.request('DELETE', path);
    expect(deleted.json.metadata.deletionTimestamp).toBeTruthy();
    expect((await api.request('DELETE', path)).json.metadata.resourceVersion).toBe(
      deleted.json.metadata.resourceVersion,
    );
    await api.request('PATCH', path, {
      body: { metadata: { finalizers: null } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect((await api.request('GET', path)).status).toBe(404);
  });

  test('holds only under its preconditions', async () => {
    const { metadata } = await createWidget(api);
    const path = `${widgetsPath}/${metadata.name}`;
    const refused = await api.request('DELETE', path, {
      body: { preconditions: { uid: 'other' } },
    });
    expect(refused.status).toBe(409);
    const accepted = await api.request('DELETE', path, {
      body: { preconditions: { uid: metadata.uid, resourceVersion: metadata.resourceVersion } },
    });
    expect(accepted.status).toBe(200);
  });

  test.for([
    { name: 'an empty body that calls itself JSON', body: '' },
    {
      name: 'options of a foreign group',
      body: { kind: 'DeleteOptions', apiVersion: 'image.openshift.io/v1' },
    },
    {
      name: 'a propagation policy',
      body: { propagationPolicy: 'Foreground', gracePeriodSeconds: 0 },
    },
  ])('accepts $name', async ({ body }) => {
    const { metadata } = await createWidget(api);
    const { status } = await api.request('DELETE', `${widgetsPath}/${metadata.name}`, {
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(status).toBe(200);
  });

  test('refuses an unknown propagation policy', async () => {
    const { json } = await api.request('DELETE', `${widgetsPath}/x`, {
      body: { propagationPolicy: 'Zzz' },
    });
    expect(json).toMatchObject({
      code: 422,
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Zzz": supported values: "Foreground", "Background", "Orphan", "nil"',
    });
  });

  test('of a collection takes what is selected and answers it', async () => {
    const path = await createNamespace(api);
    for (const app of ['x', 'x', 'y'])
      await api.request('POST', path, { body: widget({ labels: { app } }) });
    const { json } = await api.request('DELETE', `${path}?labelSelector=app%3Dx`);
    expect(json).toMatchObject({ kind: 'WidgetList', items: [{}, {}] });
    expect((await api.request('GET', path)).json.items).toHaveLength(1);
  });
});
