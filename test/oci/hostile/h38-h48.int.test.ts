import { describe, expect, test } from 'vitest';

import { pullScope } from '#fixtures/hostile/auth.ts';
import { image } from '#fixtures/hostile/content.ts';
import { brokenChallenges, noChallenges } from '#fixtures/hostile/h38-no-challenge.ts';
import { neverSatisfied, neverWideEnough } from '#fixtures/hostile/h39-never-satisfied.ts';
import { pingPong, wanderingRealm } from '#fixtures/hostile/h40-ping-pong.ts';
import { hiddenPrivate } from '#fixtures/hostile/h41-hidden-private.ts';
import { foreignRealm, foreignRealmForAnyone } from '#fixtures/hostile/h42-foreign-realm.ts';
import { badRealms } from '#fixtures/hostile/h43-bad-realm.ts';
import {
  forbiddenRealmAddresses,
  nameOfThisMachine,
} from '#fixtures/hostile/h44-forbidden-realm-address.ts';
import {
  brokenTokenServers,
  endlessTokenServer,
  failingTokenServer,
  limitedTokenServer,
  redirectingTokenServers,
  silentTokenServer,
} from '#fixtures/hostile/h45-broken-token-server.ts';
import { badTokens, giantToken } from '#fixtures/hostile/h46-bad-token.ts';
import {
  oddScopes,
  oddService,
  oddServiceValue,
} from '#fixtures/hostile/h47-odd-challenge-values.ts';
import { oddLifetimes } from '#fixtures/hostile/h48-odd-expiry.ts';

import {
  contentRequests,
  expectNoSecretAt,
  failureOf,
  log,
  meet,
  nobody,
  tokenRequests,
} from './meet.ts';

describe('401', () => {
  test.for(noChallenges)('H38: $name ends the call with one request', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error.name).toBe('UnauthorizedError');
    expect(server.requests).toHaveLength(1);
    expectNoSecretAt(server);
  });

  test.for(brokenChallenges)('H38: $name ends the call with one request', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'AUTH_CHALLENGE', retryable: false });
    expect(server.requests).toHaveLength(1);
    expectNoSecretAt(server);
  });

  test.for(neverSatisfied)(
    'H39: $name ends the call after four requests at most',
    async (misdeed) => {
      const { get, server } = await meet(misdeed);

      const error = await failureOf(get());

      expect(error).toMatchObject({ name: 'UnauthorizedError', triedCredentials: 1 });
      expect(contentRequests(server).length).toBeLessThanOrEqual(4);
      expect(tokenRequests(server).length).toBeLessThanOrEqual(3);
    },
  );

  test('H39: a scope is widened once, not for ever', async () => {
    const { get, server } = await meet(neverWideEnough);

    const error = await failureOf(get());

    expect(error.name).toBe('UnauthorizedError');
    expect(contentRequests(server).length).toBeLessThanOrEqual(5);
  });

  test('H40: a registry that changes between Basic and Bearer is given up after five requests at most', async () => {
    const { get, server } = await meet(pingPong);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'AUTH_CHALLENGE', retryable: false });
    expect(contentRequests(server).length).toBeLessThanOrEqual(5);
  });

  test('H40: so is one that names another realm each time', async () => {
    const { get, server } = await meet(wanderingRealm);

    const error = await failureOf(get());

    expect(error.code).toBe('AUTH_CHALLENGE');
    expect(contentRequests(server).length).toBeLessThanOrEqual(5);
  });

  test.for(hiddenPrivate)('H41: $name is seen by who has credentials', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    expect((await get()).descriptor.digest).toBe(image.digest);
    expect(tokenRequests(server)).toHaveLength(1);
  });

  test.for(hiddenPrivate)('H41: $name stays hidden from who has none', async (misdeed) => {
    const { get, server } = await meet(misdeed, { credentials: nobody });

    const error = await failureOf(get());

    expect(error.name).toMatch(/^(?:ForbiddenError|NotFoundError)$/u);
    expect(contentRequests(server)).toHaveLength(1);
  });
});

describe('realms', () => {
  test('H42: a token server of somebody else is asked as nobody, and named when that opens nothing', async () => {
    const { get, server, events } = await meet(foreignRealm);

    const error = await failureOf(get());

    const { host } = server.accomplice!;
    expect(error).toMatchObject({ code: 'AUTH_REALM_REJECTED', realmHost: host });
    expect(error.message).toContain(host);
    expect(server.accomplice!.requests.length).toBeLessThanOrEqual(2);
    expectNoSecretAt(server.accomplice);
    expectNoSecretAt({ ...server, requests: server.requests.filter(isWithoutToken) });
    expect(events).toContainEqual(expect.objectContaining({ type: 'blocked', why: 'realm' }));
  });

  test('H42: what it gives to anyone is used', async () => {
    const { get, server } = await meet(foreignRealmForAnyone);

    expect((await get()).descriptor.digest).toBe(image.digest);
    expectNoSecretAt(server.accomplice);
  });

  test.for(badRealms)('H43: $name is refused without being asked', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'AUTH_REALM_REJECTED', retryable: false });
    expect(error.message).not.toContain('hunter2');
    expect(log(server)).toEqual(['GET /v2/acme/app/manifests/v1']);
  });

  test.for(forbiddenRealmAddresses)(
    'H44: $name is refused without a connection',
    async (misdeed) => {
      const { get, server } = await meet(misdeed);

      const error = await failureOf(get());

      expect(error).toMatchObject({ code: 'NET_ADDRESS_REJECTED', retryable: false });
      expect(server.requests).toHaveLength(1);
    },
  );

  test('H44: a name is judged by the addresses it leads to', async () => {
    const { get, server } = await meet(nameOfThisMachine, {
      network: { addresses: { deny: ['127.0.0.1', '::1'] } },
    });

    const error = await failureOf(get());

    expect(error.code).toBe('NET_ADDRESS_REJECTED');
    expect(server.accomplice!.connections).toBe(0);
  });
});

describe('token servers', () => {
  test.for(brokenTokenServers)('H45: $name gives no token, and is asked once', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'AUTH_TOKEN', retryable: false });
    expect(tokenRequests(server)).toHaveLength(1);
  });

  test('H45: one that fails is asked twice at most', async () => {
    const { get, server } = await meet(failingTokenServer);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'AUTH_TOKEN', status: 500, retryable: true });
    expect(tokenRequests(server)).toHaveLength(2);
  });

  test('H45: one that asks for a pause gets it', async () => {
    const { get, server } = await meet(limitedTokenServer);

    const error = await failureOf(get());

    expect(error.name).toBe('RateLimitedError');
    expect(tokenRequests(server)).toHaveLength(1);
  });

  test('H45: one that never answers is waited for no longer than any server', async () => {
    const { get, server } = await meet(silentTokenServer, { limits: { headersMs: 200 } });

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'TIMEOUT', phase: 'headers' });
    expect(tokenRequests(server).length).toBeLessThanOrEqual(2);
  });

  test('H45: one that sends a body without end is cut off', async () => {
    const { get, server } = await meet(endlessTokenServer);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'tokenBytes', max: 128 * 1024 });
    expect(tokenRequests(server)).toHaveLength(1);
  });

  test.for(redirectingTokenServers)('H45: $name is not followed', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error.code).toBe('AUTH_TOKEN');
    expect(tokenRequests(server)).toHaveLength(1);
    expect(server.accomplice?.connections ?? 0).toBe(0);
  });

  test.for(badTokens)('H46: $name is never sent', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error.code).toBe('AUTH_TOKEN');
    expect(contentRequests(server)).toHaveLength(1);
    expectNoSecretAt({ ...server, requests: contentRequests(server) });
  });

  test('H46: a token of 1 MiB is not even read', async () => {
    const { get } = await meet(giantToken);

    expect(await failureOf(get())).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'tokenBytes' });
  });

  test('H47: a service is a value in the token request, whatever stands in it', async () => {
    const { get, server } = await meet(oddServiceValue);

    await get();

    const { searchParams, hash } = new URL(tokenRequests(server)[0]!.path, server.url);
    expect(searchParams.get('service')).toBe(oddService);
    expect(searchParams.getAll('scope')).toEqual([pullScope]);
    expect(searchParams.has('x')).toBe(false);
    expect(hash).toBe('');
  });

  test.for(oddScopes)('H47: $name is not asked for', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    await get();

    const { searchParams } = new URL(tokenRequests(server)[0]!.path, server.url);
    expect(searchParams.getAll('scope')).toEqual([pullScope]);
    expect(searchParams.get('account')).toBe('canary');
  });

  test.for(oddLifetimes)('H48: $name is used for $believed s', async (misdeed) => {
    let now = Date.UTC(2026, 0, 1);
    const { get, server } = await meet(misdeed, { now: () => now });
    await get();

    // A token is not used in its last ten seconds, for it has to survive the way.
    now += (misdeed.believed - 11) * 1000;
    await get();
    const before = tokenRequests(server).length;
    now += 2000;
    await get();

    expect(before).toBe(1);
    expect(tokenRequests(server)).toHaveLength(2);
  });
});

/** What a token server gave to nobody may be shown to the registry. */
function isWithoutToken({
  headers,
}: {
  headers: Readonly<Record<string, string | undefined>>;
}): boolean {
  return headers['authorization'] !== 'Bearer worthless-token';
}
