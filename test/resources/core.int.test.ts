import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startTestApi, type TestApi } from './support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ namespaces: ['app'] });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const secrets = '/api/v1/namespaces/app/secrets';

describe('namespaces', () => {
  test('a namespace is made active, labelled with its name and held by its finalizer', async () => {
    const answer = await api.post('/api/v1/namespaces', { metadata: { name: 'made' } });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      kind: 'Namespace',
      metadata: { labels: { 'kubernetes.io/metadata.name': 'made' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  test('a deleted namespace is terminating, takes nothing new, and goes when it is finalized', async () => {
    await api.post('/api/v1/namespaces', { metadata: { name: 'going' } });
    const deleted = await api.delete('/api/v1/namespaces/going');
    expect(deleted.body).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
    const labelled = await api.patch('/api/v1/namespaces/going', {
      metadata: { labels: { still: 'here' } },
    });
    expect(labelled.status).toBe(200);
    const refused = await api.post('/api/v1/namespaces/going/secrets', { metadata: { name: 'x' } });
    expect(refused.status).toBe(403);
    expect(refused.body.details.causes[0].reason).toBe('NamespaceTerminating');
    const tag = await api.post('/apis/image.openshift.io/v1/namespaces/going/imagestreamtags', {
      metadata: { name: 'a:b' },
      tag: null,
    });
    expect(tag.status).toBe(403);
    const finalized = await api.put('/api/v1/namespaces/going/finalize', {
      ...labelled.body,
      spec: { finalizers: [] },
    });
    expect(finalized.status).toBe(200);
    expect((await api.get('/api/v1/namespaces/going')).status).toBe(404);
  });

  test('default cannot be deleted', async () => {
    const answer = await api.delete('/api/v1/namespaces/default');
    expect(answer.status).toBe(403);
    expect(answer.body.message).toBe(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });

  test('a bad name is refused with the rule', async () => {
    const answer = await api.post('/api/v1/namespaces', { metadata: { name: 'Bad_Name' } });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain('a lowercase RFC 1123 label must consist of');
  });

  test('a write into a missing namespace names it', async () => {
    const answer = await api.post('/api/v1/namespaces/nowhere/secrets', {
      metadata: { name: 'x' },
    });
    expect(answer.status).toBe(404);
    expect(answer.body.message).toBe('namespaces "nowhere" not found');
  });
});

describe('secrets', () => {
  test('stringData is merged into data and never shown', async () => {
    const answer = await api.post(secrets, {
      metadata: { name: 'merged' },
      data: { a: Buffer.from('1').toString('base64'), b: Buffer.from('2').toString('base64') },
      stringData: { b: 'two' },
    });
    expect(answer.status).toBe(201);
    expect(answer.body.type).toBe('Opaque');
    expect(answer.body.data).toEqual({ a: 'MQ==', b: 'dHdv' });
    expect(answer.body).not.toHaveProperty('stringData');
  });

  test.for<{ name: string; secret: object; message: string }>([
    {
      name: 'a pull secret without its document',
      secret: { type: 'kubernetes.io/dockerconfigjson' },
      message: 'data[.dockerconfigjson]: Required value',
    },
    {
      name: 'a pull secret that is no JSON',
      secret: {
        type: 'kubernetes.io/dockerconfigjson',
        stringData: { '.dockerconfigjson': 'hunter2' },
      },
      message:
        'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": must be valid JSON',
    },
    {
      name: 'an old pull secret that is a list',
      secret: { type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': '[]' } },
      message:
        'data[.dockercfg]: Invalid value: "<secret contents redacted>": must be a JSON object',
    },
    {
      name: 'a certificate without a key',
      secret: { type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'x' } },
      message: 'data[tls.key]: Required value',
    },
    {
      name: 'a key with a slash',
      secret: { stringData: { 'a/b': 'x' } },
      message: 'data[a/b]: Invalid value: "a/b": a valid config key must consist of',
    },
  ])('$name is refused', async ({ secret, message }) => {
    const answer = await api.post(secrets, { metadata: { name: 'bad' }, ...secret });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain(message);
    expect(answer.text).not.toContain('hunter2');
  });

  test('data that is not base64 is a fault of the document', async () => {
    const answer = await api.post(secrets, { metadata: { name: 'x' }, data: { a: 'not base64!' } });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain('illegal base64 data at input byte 3');
  });

  test('an immutable secret keeps its data but takes labels', async () => {
    await api.post(secrets, {
      metadata: { name: 'fixed' },
      stringData: { a: '1' },
      immutable: true,
    });
    const changed = await api.patch(`${secrets}/fixed`, { stringData: { a: '2' } });
    expect(changed.status).toBe(422);
    expect(changed.body.message).toContain('data: Forbidden: field is immutable when');
    const labelled = await api.patch(`${secrets}/fixed`, { metadata: { labels: { a: 'b' } } });
    expect(labelled.status).toBe(200);
  });

  test('the type cannot be changed', async () => {
    await api.post(secrets, { metadata: { name: 'typed' } });
    const answer = await api.patch(`${secrets}/typed`, { type: 'other' });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain('type: Invalid value: "other": field is immutable');
  });

  test('a dry run validates and stores nothing', async () => {
    const answer = await api.post(`${secrets}?dryRun=All`, { metadata: { name: 'dry' } });
    expect(answer.status).toBe(201);
    expect(answer.body.metadata.uid).toBeTypeOf('string');
    expect((await api.get(`${secrets}/dry`)).status).toBe(404);
  });

  test('secrets are selected by type', async () => {
    await api.post(secrets, { metadata: { name: 'selected' }, type: 'example.com/mine' });
    const answer = await api.get(`${secrets}?fieldSelector=type%3Dexample.com%2Fmine`);
    expect(
      answer.body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ).toEqual(['selected']);
  });
});

describe('config maps, service accounts and events', () => {
  test('a key cannot be text and binary', async () => {
    const answer = await api.post('/api/v1/namespaces/app/configmaps', {
      metadata: { name: 'both' },
      data: { a: 'x' },
      binaryData: { a: 'eA==' },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain('duplicate of key present in binaryData');
  });

  test('a service account keeps its pull secrets', async () => {
    const path = '/api/v1/namespaces/app/serviceaccounts';
    await api.post(path, { metadata: { name: 'robot' }, imagePullSecrets: [{ name: 'one' }] });
    const answer = await api.patch(
      `${path}/robot`,
      { imagePullSecrets: [{ name: 'two' }] },
      'application/strategic-merge-patch+json',
    );
    expect(
      answer.body.imagePullSecrets.map((each: { name: string }) => each.name).toSorted(),
    ).toEqual(['one', 'two']);
  });

  test('events are selected by the object they are about', async () => {
    const path = '/api/v1/namespaces/app/events';
    for (const name of ['one', 'two'])
      await api.post(path, {
        metadata: { name },
        involvedObject: { kind: 'ImageStream', namespace: 'app', name },
        reason: 'Imported',
      });
    const selector = encodeURIComponent('involvedObject.kind=ImageStream,involvedObject.name=two');
    const answer = await api.get(`${path}?fieldSelector=${selector}`);
    expect(answer.body.items).toHaveLength(1);
    expect(answer.body.items[0].metadata.name).toBe('two');
  });

  test('an event of another namespace is refused', async () => {
    const answer = await api.post('/api/v1/namespaces/app/events', {
      metadata: { name: 'stray' },
      involvedObject: { kind: 'ImageStream', namespace: 'other', name: 'x' },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain('does not match event.namespace');
  });
});
