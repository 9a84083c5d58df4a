import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { authenticate } from '#src/apiserver/authenticate/authenticator.ts';
import { Passwords } from '#src/apiserver/authenticate/passwords.ts';
import { hashToken } from '#src/apiserver/authenticate/tokens.ts';
import type { ApiRequest, WholeResponse } from '#src/apiserver/http/messages.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { sweepOnce } from '#src/resources/oauthaccesstokens/sweep.ts';
import { RecordedSigningKeys } from '#src/resources/serviceaccounts/signing-keys.ts';
import {
  type PasswordRecord,
  PasswordRecords,
  passwordsResource,
} from '#src/resources/users/password-records.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { newPkce } from '#test/support/oauth.ts';
import { sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { tempDir } from '#test/support/temp-dir.ts';
import { type Authentication, createAuthentication } from '#workers/assembly/authentication.ts';

interface Replica {
  readonly record: RecordDatabase;
  readonly authentication: Authentication;
}

const dir = tempDir('replicas');
const adminPassword = 'first of all passwords';
let database: TestDatabase;
let one: Replica;
let two: Replica;

async function startReplica(): Promise<Replica> {
  const record = await openRecord({
    connection: database.connection,
    logger: silentLogger,
    sealing: {
      resources: ['secrets', passwordsResource, 'signingkeys.sluice.dev'],
      keyFile: join(dir.path, 'encryption.key'),
    },
  });
  const authentication = await createAuthentication({
    settings: {
      publicUrl: 'https://sluice.test',
      accessTokenLifetimeMs: 3_600_000,
      serviceAccounts: { issuer: 'https://sluice.test', maxTokenLifetimeMs: 3_600_000 },
      adminPassword: { value: adminPassword },
    },
    record,
    clock: systemClock,
    logger: silentLogger,
    admin: { hash: hashToken('root'), user: { username: 'root', groups: ['system:masters'] } },
  });
  return { record, authentication };
}

beforeAll(async () => {
  database = await startTestDatabase();
  [one, two] = [await startReplica(), await startReplica()];
});
afterAll(async () => {
  for (const { record, authentication } of [one, two]) {
    authentication.close();
    await record.close();
  }
  await database.stop();
  dir[Symbol.dispose]();
});

async function ask(
  { authentication }: Replica,
  request: Partial<ApiRequest>,
): Promise<WholeResponse> {
  const [handler] = authentication.openHandlers;
  const answer = await handler?.({
    method: 'GET',
    path: '/',
    query: new URLSearchParams(),
    headers: {},
    rawHeaders: [],
    remoteAddress: '127.0.0.1',
    body: Buffer.alloc(0),
    signal: new AbortController().signal,
    ...request,
  });
  if (answer === undefined || !('body' in answer)) throw new Error('there is no answer');
  return answer;
}

/** A login that begins at one server and ends at another. */
async function login(first: Replica, second: Replica, password = adminPassword): Promise<string> {
  const { verifier, challenge } = newPkce();
  const redirect = 'https://sluice.test/oauth/token/implicit';
  const authorized = await ask(first, {
    path: '/oauth/authorize',
    query: new URLSearchParams({
      client_id: 'openshift-challenging-client',
      response_type: 'code',
      redirect_uri: redirect,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }),
    headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` },
  });
  const location = String(authorized.headers['location']);
  const form = {
    grant_type: 'authorization_code',
    client_id: 'openshift-challenging-client',
    code: new URL(location).searchParams.get('code') ?? '',
    redirect_uri: redirect,
    code_verifier: verifier,
  };
  const redeemed = await ask(second, {
    method: 'POST',
    path: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams(form).toString()),
  });
  return (JSON.parse(String(redeemed.body)) as { access_token: string }).access_token;
}

async function userOf({ authentication }: Replica, token: string): Promise<string> {
  const authorization = `Bearer ${token}`;
  const user = await authenticate(authentication.authenticators, {
    headers: { authorization },
    rawHeaders: ['Authorization', authorization],
  }).catch(() => undefined);
  return user?.username ?? 'nobody';
}

async function issue({ authentication }: Replica): Promise<string> {
  const subject = { namespace: 'shop', name: 'builder', uid: 'u' };
  const tokens = authentication.deps.tokenRequests?.tokens;
  return (await tokens?.issue(subject, ['https://sluice.test'], 600))?.token ?? '';
}

test('a login that begins at one server ends at another, and both know the token', async () => {
  const token = await login(one, two);
  expect([await userOf(one, token), await userOf(two, token)]).toEqual(['admin', 'admin']);
});

test('a token that one server withdraws is nobody at the other, which remembered it', async () => {
  const token = await login(one, two);
  expect(await userOf(two, token)).toBe('admin');
  const tokens = { resource: 'oauthaccesstokens.oauth.openshift.io' };
  const { items } = await one.record.objects.list(tokens);
  for (const { metadata } of items)
    await one.record.objects.delete({ ...tokens, namespace: '', name: metadata.name ?? '' });
  await expect.poll(() => userOf(two, token), { timeout: 2_000, interval: 20 }).toBe('nobody');
});

test('a token of a service account is known to both, also after its key was rotated', async () => {
  const place = { resource: 'serviceaccounts', namespace: 'shop', name: 'builder' };
  await one.record.objects.create(place, {
    metadata: { namespace: 'shop', name: 'builder', uid: 'u' },
  });
  const old = await issue(one);
  const name = 'system:serviceaccount:shop:builder';
  expect(await userOf(two, old)).toBe(name);
  await two.authentication.deps.keyRotation?.signing();
  const next = await issue(one);
  expect(next.split('.')[0]).not.toBe(old.split('.')[0]);
  for (const token of [old, next])
    expect([await userOf(one, token), await userOf(two, token)]).toEqual([name, name]);
});

test('a signing key is forgotten when the last token that it signed is over', async () => {
  let now = Date.now();
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const keys = new RecordedSigningKeys(one.record.objects, clock, 3_600_000);
  const before = (await keys.all()).length;
  await keys.rotate();
  expect(await keys.all()).toHaveLength(before + 1);
  now += 3_600_001;
  await keys.rotate();
  const left = await keys.all();
  expect(left.filter(({ privateJwk }) => privateJwk !== undefined)).toHaveLength(1);
  expect(left.length).toBeLessThanOrEqual(2);
});

test('an encryption key that one server makes opens what it seals at the other', async () => {
  await one.authentication.deps.keyRotation?.encryption();
  const place = { resource: 'secrets', namespace: 'shop', name: 'sealed' };
  await one.record.objects.create(place, { metadata: { name: 'sealed' } });
  expect(await two.record.objects.get(place)).toMatchObject({ metadata: { name: 'sealed' } });
  await two.record.objects.create({ ...place, name: 'other' }, { metadata: { name: 'other' } });
  expect(await one.record.objects.get({ ...place, name: 'other' })).toBeDefined();
  const rotations = await Promise.allSettled(
    [one, two, one, two].map(({ record }) => record.rotateEncryptionKey()),
  );
  expect(rotations.some(({ status }) => status === 'fulfilled')).toBe(true);
  expect(await two.record.objects.get(place)).toBeDefined();
});

test('passwords are sealed, renewed when they cost more today, and not handed on with a name', async () => {
  const { objects } = one.record;
  const user = { resource: 'users.user.openshift.io', namespace: '', name: 'bob' };
  await objects.create(user, { metadata: { name: 'bob', uid: 'bob-1' } });
  const cheap = new PasswordRecords(objects, new Passwords({ n: 16, r: 1, p: 1 }));
  await cheap.set({ username: 'bob', uid: 'bob-1' }, 'marker password');
  const dearer = new PasswordRecords(objects, new Passwords({ n: 32, r: 1, p: 1 }));
  expect(await dearer.login('bob', 'wrong password')).toBeUndefined();
  const key = { resource: passwordsResource, namespace: '', name: 'bob' };
  const costOf = async (): Promise<number | undefined> =>
    (await objects.get<PasswordRecord>(key))?.password.n;
  expect(await costOf()).toBe(16);
  expect(await dearer.login('bob', 'marker password')).toEqual({ username: 'bob', uid: 'bob-1' });
  expect(await costOf()).toBe(32);

  const rows = await sql<{ body: string }>(
    database.connection,
    `select body from sluice.object where resource = '${passwordsResource}'`,
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { body } of rows) expect(body).toMatch(/^\{"sealed":/);

  await objects.delete(user);
  await objects.create(user, { metadata: { name: 'bob', uid: 'bob-2' } });
  expect(await dearer.login('bob', 'marker password')).toBeUndefined();
  await sweepOnce({ objects, clock: systemClock }, new AbortController().signal);
  expect(await costOf()).toBeUndefined();
});

test.for([
  ['encrypted anew meanwhile is renewed all the same', 'marker password', 32],
  ['changed meanwhile stays as it was changed', 'another password', 16],
] as const)('a hash that is %s', async ([, meanwhile, cost]) => {
  const { objects } = one.record;
  const bob = { username: 'bob', uid: 'bob-3' };
  const key = { resource: passwordsResource, namespace: '', name: 'bob' };
  const user = { resource: 'users.user.openshift.io', namespace: '', name: 'bob' };
  await objects.delete(user).catch(() => undefined);
  await objects.create(user, { metadata: { name: 'bob', uid: bob.uid } });
  const cheap = new PasswordRecords(objects, new Passwords({ n: 16, r: 1, p: 1 }));
  await cheap.set(bob, 'marker password');
  /** While it computes a hash, somebody else writes the record. */
  class Overtaken extends Passwords {
    override async hash(password: string): ReturnType<Passwords['hash']> {
      if (meanwhile !== 'marker password') await cheap.set(bob, meanwhile);
      else await objects.update(key, (await objects.get<PasswordRecord>(key)) as PasswordRecord);
      return super.hash(password);
    }
  }
  const dearer = new PasswordRecords(objects, new Overtaken({ n: 32, r: 1, p: 1 }));
  expect(await dearer.login('bob', 'marker password')).toEqual(bob);
  expect((await objects.get<PasswordRecord>(key))?.password.n).toBe(cost);
  expect(await cheap.login('bob', meanwhile)).toEqual(bob);
});

test('tokens and codes that are over are removed', async () => {
  const { objects } = one.record;
  await login(one, two);
  const later = { now: () => Date.now() + 3_700_000, sleep: () => Promise.resolve() };
  await sweepOnce({ objects, clock: later }, new AbortController().signal);
  for (const resource of ['oauthaccesstokens', 'oauthauthorizetokens'])
    expect((await objects.list({ resource: `${resource}.oauth.openshift.io` })).items).toEqual([]);
});

test('the first password is given once: another start changes nothing', async () => {
  const records = new PasswordRecords(one.record.objects, new Passwords());
  const { metadata } = (await one.record.objects.get({
    resource: 'users.user.openshift.io',
    namespace: '',
    name: 'admin',
  })) ?? { metadata: {} };
  await records.set({ username: 'admin', uid: metadata.uid ?? '' }, 'changed password');
  const third = await startReplica();
  third.authentication.close();
  await third.record.close();
  expect(await records.login('admin', adminPassword)).toBeUndefined();
  expect(await records.login('admin', 'changed password')).toBeDefined();
});
