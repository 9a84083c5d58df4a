import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Harness, startHarness, widgetsPath } from './support/harness.ts';
import { createWidget, freshName, widget } from './support/objects.ts';

let api: Harness;

beforeAll(async () => {
  api = await startHarness();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

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

  test('warns in a header', async () => {
    const { headers } = await api.request('POST', widgetsPath, {
      body: widget({ spec: { colour: 'red' } }),
    });
    expect(headers['warning']).toBe(String.raw`299 - "red is \"loud\""`);
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
});

describe('a replacement', () => {
  test('without a version is refused where the kind does not allow it', async () => {
    const { metadata } = await createWidget(api);
    const { json } = await api.request('PUT', `${widgetsPath}/${metadata.name}`, { body: {} });
    expect(json).toMatchObject({
      code: 422,
      message: `widgets.example.dev "${metadata.name}" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update`,
      details: { kind: 'widgets' },
    });
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
});
