import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { httpClient } from '../../apiserver/support/http.ts';
import { startTestApi, type ApiAnswer, type TestApi } from '../support/api.ts';

let api: TestApi;

/** Everything of tenant A has this in its name; nothing that B is answered may. */
const marker = 'zq7secret';
const ofA = `tenant-a-${marker}`;
const ofB = 'tenant-b';
const image = '/apis/image.openshift.io/v1';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const digest = `sha256:${'a1'.repeat(32)}`;

beforeAll(async () => {
  api = await startTestApi({ rbac: true, namespaces: [ofA, ofB] });
  for (const [namespace, user] of [
    [ofA, 'alice'],
    [ofB, 'bob'],
  ])
    await api.post(`${rbac}/namespaces/${namespace}/rolebindings`, {
      metadata: { name: 'admin' },
      roleRef: { kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'User', name: user }],
    });
  const made = await Promise.all([
    as('alice', 'POST', `/api/v1/namespaces/${ofA}/secrets`, {
      metadata: { name: `pull-${marker}` },
      type: 'kubernetes.io/dockerconfigjson',
      data: {
        '.dockerconfigjson': Buffer.from(
          JSON.stringify({ auths: { [`${marker}.example`]: { auth: 'eDp5' } } }),
        ).toString('base64'),
      },
    }),
    as('alice', 'POST', `${image}/namespaces/${ofA}/imagestreams`, {
      metadata: { name: `app-${marker}` },
    }),
    as('bob', 'POST', `${image}/namespaces/${ofB}/imagestreams`, { metadata: { name: 'app' } }),
  ]);
  const mapping = await as('alice', 'POST', `${image}/namespaces/${ofA}/imagestreammappings`, {
    metadata: { name: `app-${marker}` },
    tag: 'latest',
    image: {
      metadata: { name: digest },
      dockerImageReference: `${marker}.example/app@${digest}`,
      dockerImageMetadata: { kind: 'DockerImage', apiVersion: '1.0', Id: digest },
      dockerImageMetadataVersion: '1.0',
    },
  });
  for (const { status, text } of [...made, mapping])
    if (status !== 201) throw new Error(`${status} ${text}`);
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function as(user: string, method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  return api.send({
    method,
    path,
    headers: { authorization: `Bearer ${user}` },
    ...(body === undefined ? {} : { body }),
  });
}

/** What a forbidden answer says is only what the question said. */
function withoutQuestion(text: string, ...names: readonly string[]): string {
  return names.reduce((rest, name) => rest.replaceAll(name, 'NAME'), text);
}

/** One object of each resource that A has. */
const objectsOfA: Readonly<Record<string, string>> = {
  secrets: `pull-${marker}`,
  imagestreams: `app-${marker}`,
  imagestreamtags: `app-${marker}:latest`,
  imagetags: `app-${marker}:latest`,
  imagestreamimages: `app-${marker}@${digest}`,
  rolebindings: 'admin',
};

describe('tenant B learns nothing of tenant A', () => {
  const namespaced: readonly (readonly [string, string])[] = [
    [image, 'imagestreams'],
    [image, 'imagestreamtags'],
    [image, 'imagetags'],
    [image, 'imagestreamimages'],
    ['/api/v1', 'secrets'],
    ['/api/v1', 'configmaps'],
    ['/api/v1', 'events'],
    ['/api/v1', 'serviceaccounts'],
    [rbac, 'roles'],
    [rbac, 'rolebindings'],
  ];

  test.for(namespaced)(
    '%s/%s over all namespaces is refused, also as a watch',
    async ([root, name]) => {
      for (const query of ['', '?watch=true', `?fieldSelector=metadata.namespace%3D${ofB}`]) {
        const { status, text } = await as('bob', 'GET', `${root}/${name}${query}`);
        expect(status).toBe(403);
        expect(text).not.toContain(marker);
      }
    },
  );

  test.for(namespaced)(
    '%s/%s of A is refused alike, whether it is there or not',
    async ([root, name]) => {
      const there = objectsOfA[name] ?? 'default';
      const gone = 'no-such-thing';
      for (const method of ['GET', 'DELETE']) {
        const known = await as('bob', method, `${root}/namespaces/${ofA}/${name}/${there}`);
        const unknown = await as('bob', method, `${root}/namespaces/${ofA}/${name}/${gone}`);
        const nowhere = await as('bob', method, `${root}/namespaces/no-such-ns/${name}/${gone}`);
        expect([known.status, unknown.status, nowhere.status]).toEqual([403, 403, 403]);
        expect(withoutQuestion(known.text, there)).toBe(withoutQuestion(unknown.text, gone));
        expect(withoutQuestion(unknown.text, ofA)).toBe(
          withoutQuestion(nowhere.text, 'no-such-ns'),
        );
      }
    },
  );

  test('a body cannot name another namespace than the path', async () => {
    const { status } = await as('bob', 'POST', `/api/v1/namespaces/${ofB}/configmaps`, {
      metadata: { name: 'x', namespace: ofA },
    });
    expect(status).toBe(400);
    const maps = await as('alice', 'GET', `/api/v1/namespaces/${ofA}/configmaps`);
    expect(maps.body.items).toEqual([]);
  });

  test('namespaces and projects of A are not to be seen', async () => {
    expect((await as('bob', 'GET', '/api/v1/namespaces')).status).toBe(403);
    expect((await as('bob', 'GET', `/api/v1/namespaces/${ofA}`)).status).toBe(403);
    const projects = '/apis/project.openshift.io/v1/projects';
    const list = await as('bob', 'GET', projects);
    expect(list.status).toBe(200);
    expect(list.text).not.toContain(marker);
    expect(list.body.items).toHaveLength(1);
    const table = await api.send({
      method: 'GET',
      path: projects,
      headers: {
        authorization: 'Bearer bob',
        accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      },
    });
    expect(table.text).not.toContain(marker);
    expect((await as('bob', 'DELETE', `${projects}/${ofA}`)).status).toBe(403);
  });

  test('a watch of the own namespace and of projects is silent about A', async () => {
    const client = httpClient({ url: api.url, ca: api.ca, token: 'bob' });
    const watches = await Promise.all([
      client.watch(`${image}/namespaces/${ofB}/imagestreams?watch=true`),
      client.watch('/apis/project.openshift.io/v1/projects?watch=true'),
      client.watch(`/api/v1/namespaces/${ofB}/secrets?watch=true`),
    ]);
    await as('alice', 'POST', `${image}/namespaces/${ofA}/imagestreams`, {
      metadata: { name: `more-${marker}` },
    });
    await as('alice', 'POST', `/api/v1/namespaces/${ofA}/secrets`, {
      metadata: { name: `more-${marker}` },
    });
    await api.patch(`/api/v1/namespaces/${ofA}`, { metadata: { labels: { x: marker } } });
    await as('bob', 'POST', `${image}/namespaces/${ofB}/imagestreams`, { metadata: { name: 'n' } });
    await as('bob', 'POST', `/api/v1/namespaces/${ofB}/secrets`, { metadata: { name: 'n' } });
    await api.patch(`/api/v1/namespaces/${ofB}`, { metadata: { labels: { x: 'y' } } });
    await Promise.all([watches[0]?.until(2), watches[1]?.until(2), watches[2]?.until(1)]);
    for (const watch of watches) {
      expect(JSON.stringify(watch.events)).not.toContain(marker);
      watch.stop();
    }
  });

  test('the images of A are nobody else to read, in whatever namespace they are asked for', async () => {
    expect((await as('bob', 'GET', `${image}/images/${digest}`)).status).toBe(403);
    const [own, unknown] = await Promise.all(
      [digest, `sha256:${'0'.repeat(64)}`].map((each) =>
        as('bob', 'GET', `${image}/namespaces/${ofB}/imagestreamimages/app@${each}`),
      ),
    );
    expect([own?.status, unknown?.status]).toEqual([404, 404]);
    expect(withoutQuestion(own?.text ?? '', digest)).toBe(
      withoutQuestion(unknown?.text ?? '', `sha256:${'0'.repeat(64)}`),
    );
  });

  test('a tag cannot point at a stream of A, and the refusal is the same for one that is not there', async () => {
    const tag = (name: string): Promise<ApiAnswer> =>
      as('bob', 'POST', `${image}/namespaces/${ofB}/imagestreamtags`, {
        metadata: { name: 'app:stolen' },
        tag: {
          name: 'stolen',
          from: { kind: 'ImageStreamTag', name: `${name}:latest`, namespace: ofA },
        },
      });
    const there = await tag(`app-${marker}`);
    const gone = await tag('no-such');
    expect(there.status).toBe(422);
    expect(there.body.message).toBe(
      `ImageStream.image.openshift.io "app" is invalid: []: Internal error: imagestreams "app" is invalid: spec.tags[stolen].from: Forbidden: ${ofA}/app-${marker}: "" ""`,
    );
    expect(withoutQuestion(gone.text, 'no-such')).toBe(
      withoutQuestion(there.text, `app-${marker}`),
    );
  });

  test('reviews of B say nothing of A', async () => {
    const who = await as(
      'bob',
      'POST',
      `/apis/authorization.openshift.io/v1/namespaces/${ofB}/localresourceaccessreviews`,
      { namespace: ofA, verb: 'get', resource: 'secrets' },
    );
    expect(who.status).toBe(400);
    const rules = await as('bob', 'POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      spec: { namespace: ofA },
    });
    expect(JSON.stringify(rules.body.status)).not.toContain('secrets');
  });
});

describe('sharing', () => {
  const source = { kind: 'ImageStreamTag', name: `app-${marker}:latest`, namespace: ofA };

  test('a puller of A tags from it, and keeps the tag when the permission ends', async () => {
    const given = await as('alice', 'POST', `${rbac}/namespaces/${ofA}/rolebindings`, {
      metadata: { name: 'share' },
      roleRef: { kind: 'ClusterRole', name: 'system:image-puller' },
      subjects: [{ kind: 'User', name: 'bob' }],
    });
    expect(given.status).toBe(201);
    const tags = `${image}/namespaces/${ofB}/imagestreamtags`;
    const made = await as('bob', 'POST', tags, {
      metadata: { name: 'app:shared' },
      tag: { name: 'shared', from: source },
    });
    expect(made.status).toBe(201);
    await as('alice', 'DELETE', `${rbac}/namespaces/${ofA}/rolebindings/share`);
    const unchanged = await api.send({
      method: 'PATCH',
      path: `${image}/namespaces/${ofB}/imagestreams/app`,
      headers: {
        authorization: 'Bearer bob',
        'content-type': 'application/merge-patch+json',
      },
      body: { metadata: { annotations: { note: 'later' } } },
    });
    expect(unchanged.status).toBe(200);
    const again = await as('bob', 'POST', tags, {
      metadata: { name: 'app:again' },
      tag: { name: 'again', from: source },
    });
    expect(again.status).toBe(422);
  });

  test('who may not read images reads what the own project tags', async () => {
    const { status, body } = await as(
      'bob',
      'GET',
      `${image}/namespaces/${ofB}/imagestreamtags/app:shared`,
    );
    expect(status).toBe(200);
    expect(body.image.metadata.name).toBe(digest);
    expect((await as('bob', 'GET', `${image}/images/${digest}`)).status).toBe(403);
  });

  test('everybody may use the streams of the shared namespace, and nobody may change them', async () => {
    const streams = `${image}/namespaces/openshift/imagestreams`;
    await api.post(streams, { metadata: { name: 'base' } });
    expect((await as('anybody', 'GET', `${streams}/base`)).status).toBe(200);
    expect((await as('anybody', 'GET', `${streams}/base/layers`)).status).toBe(200);
    expect((await as('anybody', 'DELETE', `${streams}/base`)).status).toBe(403);
    const tag = await as('bob', 'POST', `${image}/namespaces/${ofB}/imagestreamtags`, {
      metadata: { name: 'app:base' },
      tag: {
        name: 'base',
        from: { kind: 'ImageStreamTag', name: 'base:latest', namespace: 'openshift' },
      },
    });
    expect(tag.status).toBe(201);
  });

  test('the pull secrets of a namespace are for who may read them of its streams', async () => {
    const secrets = `${image}/namespaces/${ofA}/imagestreams/any/secrets`;
    expect((await as('bob', 'GET', secrets)).status).toBe(403);
    const own = await as('alice', 'GET', secrets);
    expect(
      own.body.items.map((each: { metadata: { name: string } }) => each.metadata.name),
    ).toEqual([`pull-${marker}`]);
    await as('alice', 'POST', `${rbac}/namespaces/${ofA}/rolebindings`, {
      metadata: { name: 'viewer' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'User', name: 'vera' }],
    });
    expect((await as('vera', 'GET', secrets)).status).toBe(403);
    expect((await as('vera', 'GET', `/api/v1/namespaces/${ofA}/secrets`)).status).toBe(403);
  });
});
