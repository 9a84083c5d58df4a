/** An outcome names the secret that opened the registry, or those that did not; never what they hold. */
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Importer } from '#src/importer/importer.ts';
import { bearer, startFake, type Answer, type FakeRegistry } from '../oci/support/fake-registry.ts';
import { contextWith, pullSecret, testImporter } from './support.ts';

const policy = { insecure: true };
const password = 'canary-password';
const basicAuth: Answer = ({ headers }, response) => {
  if (headers.authorization === `Basic ${btoa(`ann:${password}`)}`) return false;
  response.writeHead(401, { 'www-authenticate': 'Basic realm="fake"' }).end();
  return true;
};

let importer: Importer;
const registries: FakeRegistry[] = [];

beforeAll(() => {
  importer = testImporter();
});

afterAll(async () => {
  await importer.close();
  await Promise.all(registries.map((registry) => registry[Symbol.asyncDispose]()));
});

async function start(answer?: Answer): Promise<string> {
  const registry = await startFake(answer === undefined ? {} : { answer });
  registries.push(registry);
  return registry.host;
}

const kinds: readonly { name: string; answer: Answer }[] = [
  { name: 'Basic', answer: basicAuth },
  { name: 'a token server', answer: bearer({ ann: password }) },
];

describe.for(kinds)('with $name', ({ answer }) => {
  test('the secret and the key that opened it are named, whatever was tried before', async () => {
    const host = await start(answer);
    const from = `${host}/org/app:v1`;
    const context = contextWith([
      { ...pullSecret('old', `${host}/org`, 'ann', 'outdated'), namespace: 'team' },
      { ...pullSecret('good', host, 'ann', password), namespace: 'team' },
    ]);
    const [outcome] = await importer.importImages([{ from, importPolicy: policy }], context);
    const [check] = await importer.check([{ from, importPolicy: policy }], context);
    const credentialSource = { secret: 'team/good', registry: host };
    expect(outcome).toMatchObject({ status: { status: 'Success' }, credentialSource });
    expect(check).toMatchObject({ kind: 'changed', credentialSource });
    expect(inspect([outcome, check], { depth: 20 })).not.toContain(password);
  });

  test('what was refused is named in the order of trying', async () => {
    const host = await start(answer);
    const from = `${host}/org/app:v1`;
    const context = contextWith([
      { ...pullSecret('b', host, 'ann', 'wrong'), namespace: 'team' },
      { ...pullSecret('a', `${host}/org`, 'eve', 'wrong too'), namespace: 'team' },
      { ...pullSecret('elsewhere', 'quay.io', 'ann', password), namespace: 'team' },
    ]);
    const credentialsRefused = [
      { secret: 'team/a', registry: `${host}/org` },
      { secret: 'team/b', registry: host },
    ];
    const [outcome] = await importer.importImages([{ from, importPolicy: policy }], context);
    const [check] = await importer.check([{ from, importPolicy: policy }], context);
    const listed = await importer.listRepository(`${host}/org/app`, policy, context);
    expect(outcome).toMatchObject({ status: { reason: 'Unauthorized' }, credentialsRefused });
    expect(outcome).not.toHaveProperty('credentialSource');
    expect(check).toMatchObject({ kind: 'failed', credentialsRefused });
    expect(listed).toMatchObject({ status: { reason: 'Unauthorized' }, credentialsRefused });
  });
});

test('an open registry was asked as nobody, though there are credentials for it', async () => {
  const host = await start();
  const context = contextWith([
    { ...pullSecret('unused', host, 'ann', password), namespace: 'team' },
  ]);
  const [outcome] = await importer.importImages(
    [{ from: `${host}/org/app:v1`, importPolicy: policy }],
    context,
  );
  expect(outcome).toMatchObject({ credentialSource: 'anonymous' });
});

test('namespaces that share an answer are told their own secret', async () => {
  const host = await start(basicAuth);
  const items = [{ from: `${host}/org/app:v1`, importPolicy: policy }];
  const round = contextWith([{ ...pullSecret('one', host, 'ann', password), namespace: 'red' }]);
  const other = {
    ...round,
    secrets: [{ ...pullSecret('two', `${host}/org`, 'ann', password), namespace: 'blue' }],
  };
  const outcomes = await Promise.all([importer.check(items, round), importer.check(items, other)]);
  expect(outcomes.flat()).toMatchObject([
    { credentialSource: { secret: 'red/one', registry: host } },
    { credentialSource: { secret: 'blue/two', registry: `${host}/org` } },
  ]);
});

test('credentials that the token server may not see are not said to have opened anything', async () => {
  const host = await start(({ path }, response) => {
    if (!path.startsWith('/v2/')) return false;
    response.writeHead(401, {
      'www-authenticate': 'Bearer realm="http://login.example.com/token",service="x"',
    });
    response.end();
    return true;
  });
  const context = contextWith([
    { ...pullSecret('kept', host, 'ann', password), namespace: 'team' },
  ]);
  const [outcome] = await importer.importImages(
    [{ from: `${host}/org/app:v1`, importPolicy: policy }],
    context,
  );
  expect(outcome?.status.status).toBe('Failure');
  expect(outcome?.credentialsRefused ?? []).toEqual([]);
});
