import { inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import { image } from '#fixtures/hostile/content.ts';
import {
  endlessRedirects,
  nowhereRedirects,
  redirectAbroadAndBack,
} from '#fixtures/hostile/h49-redirect-loop.ts';
import {
  forbiddenRedirects,
  redirectToOtherHost,
  redirectToOtherPort,
  redirectToPlainHttp,
} from '#fixtures/hostile/h50-forbidden-redirect.ts';
import { foreignChallenge } from '#fixtures/hostile/h51-foreign-challenge.ts';
import { expiredAlways, expiredOnce } from '#fixtures/hostile/h52-expired-signed-url.ts';
import { leavingLinks, loopingLinks, noLinks, twoLinks } from '#fixtures/hostile/h53-bad-link.ts';
import {
  hugeTagPage,
  millionTags,
  noTagLists,
  oddTags,
  repeatedTags,
} from '#fixtures/hostile/h54-odd-tags.ts';
import { newPageForEver, samePageForEver } from '#fixtures/hostile/h55-endless-pages.ts';
import { createClient } from '#src/oci/registry/client.ts';

import { canary, contentRequests, expectNoSecretAt, failureOf, log, meet } from './meet.ts';

describe('redirects', () => {
  test.for(endlessRedirects)('H49: $name is followed five times', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'redirects', max: 5 });
    expect(server.requests).toHaveLength(6);
  });

  test.for(nowhereRedirects)('H49: $name is refused', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    expect((await failureOf(get())).code).toBe('NET_REDIRECT_REJECTED');
    expect(server.requests).toHaveLength(1);
  });

  test('H49: a credential that has left the registry’s origin does not come back to it', async () => {
    const { get, server } = await meet(redirectAbroadAndBack, {
      host: { profile: { preemptiveAuth: true } },
    });

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'redirects' });
    const [first, ...later] = server.requests;
    expect(first!.headers['authorization']).toMatch(/^Basic /u);
    expect(later).toHaveLength(2);
    expectNoSecretAt({ ...server, requests: later });
  });

  test.for(forbiddenRedirects)('H50: $name is refused', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error.code).toMatch(/^NET_(?:REDIRECT|ADDRESS)_REJECTED$/u);
    expect(server.requests).toHaveLength(1);
  });

  test.for([redirectToOtherPort, redirectToOtherHost])(
    'H50: $name is followed without the credential',
    async (misdeed) => {
      const { get, server } = await meet(misdeed);

      expect((await get()).descriptor.digest).toBe(image.digest);

      expect(server.requests.at(-1)!.headers['authorization']).toMatch(/^Basic /u);
      expect(server.accomplice!.requests).toHaveLength(1);
      expectNoSecretAt(server.accomplice);
    },
  );

  test('H50: TLS is not left', async () => {
    await using server = await redirectToPlainHttp.start();
    await using client = createClient({
      userAgent: 'sluice-test',
      credentials: canary,
      hosts: { lookup: () => ({ tls: { ca: [server.authority!] } }) },
    });

    const error = await failureOf(client.repository(`${server.host}/acme/app`).manifests.get('v1'));

    expect(error.code).toBe('NET_REDIRECT_REJECTED');
    expect(server.accomplice!.connections).toBe(0);
  });

  test('H50: a policy that lists hosts lets nothing through to others', async () => {
    const { get, server } = await meet(redirectToOtherHost, {
      network: { redirectHosts: ['storage.test', '*.cdn.test'] },
    });

    expect((await failureOf(get())).code).toBe('NET_REDIRECT_REJECTED');
    expect(server.accomplice!.connections).toBe(0);
  });

  test('H51: a challenge from where a redirect leads is not answered', async () => {
    const { get, server } = await meet(foreignChallenge);

    const error = await failureOf(get());

    expect(error.name).toBe('UnauthorizedError');
    expect(log(server.accomplice!)).toEqual(['GET /v2/acme/app/manifests/v1']);
    expectNoSecretAt(server.accomplice);
  });

  test('H52: a signed URL that has expired is got anew from the registry', async () => {
    const { get, server } = await meet(expiredOnce);

    expect((await get()).descriptor.digest).toBe(image.digest);

    const asked = server.accomplice!.requests.map(({ path }) => path);
    expect(contentRequests(server)).toHaveLength(2);
    expect(new Set(asked).size).toBe(2);
  });

  test('H52: once; nothing that the storage says, and no signature, is shown', async () => {
    const { get, server, events } = await meet(expiredAlways);

    const error = await failureOf(get());

    expect(error.name).toBe('ServerError');
    expect(contentRequests(server)).toHaveLength(2);
    const shown = inspect([error, events], { depth: 10 }) + JSON.stringify([error, events]);
    expect(shown).not.toMatch(/AKIAEXAMPLE|Request has expired|signature-\d/u);
  });
});

describe('links', () => {
  test.for(leavingLinks)('H53: $name is refused', async (misdeed) => {
    const { tags, server } = await meet(misdeed);

    const error = await failureOf(tags());

    expect(error.code).toBe('NET_LINK_REJECTED');
    expect(server.requests).toHaveLength(1);
  });

  test.for(noLinks)('H53: $name leads nowhere', async (misdeed) => {
    const { tags, server } = await meet(misdeed);

    expect(await tags()).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
  });

  test.for(loopingLinks)('H53: $name is followed to where it has been', async (misdeed) => {
    const { tags, server } = await meet(misdeed);

    await tags();

    expect(server.requests.length).toBeLessThanOrEqual(3);
  });

  test('H53: of two targets the next page is followed', async () => {
    const { tags, server } = await meet(twoLinks);

    const pages = await tags();

    expect(pages.flatMap((page) => page.tags)).toEqual(['one', 'two']);
    expect(log(server)).toEqual([
      'GET /v2/acme/app/tags/list',
      'GET /v2/acme/app/tags/list?page=2',
    ]);
  });
});

describe('tags', () => {
  test.for(oddTags)('H54: $name: what is no tag is left out and counted', async (misdeed) => {
    const { tags } = await meet(misdeed);

    expect(await tags()).toEqual([{ tags: misdeed.tags, ignored: misdeed.ignored }]);
  });

  test.for(noTagLists)('H54: $name is no answer of a registry', async (misdeed) => {
    const { tags } = await meet(misdeed);

    expect((await failureOf(tags())).code).toBe('RESPONSE_INVALID');
  });

  test('H54: more tags than the limit are an error', async () => {
    const { tags } = await meet(millionTags);

    const error = await failureOf(tags());

    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'tags', max: 100_000 });
  });

  test('H54: a tag counts once', async () => {
    const { tags } = await meet(repeatedTags);

    expect(await tags()).toMatchObject([{ tags: ['a', 'b'] }]);
  });

  test('H54: a page larger than the limit is an error', async () => {
    const { tags } = await meet(hugeTagPage);

    expect(await failureOf(tags())).toMatchObject({ limit: 'tagPageBytes', max: 4 * 1024 * 1024 });
  });

  test('H55: pages that bring nothing new end the list', async () => {
    const { tags, server } = await meet(samePageForEver);

    const pages = await tags();

    expect(new Set(pages.flatMap((page) => page.tags))).toEqual(new Set(['a', 'b']));
    expect(server.requests.length).toBeLessThanOrEqual(3);
  });

  test('H55: pages without end are an error after the twentieth', async () => {
    const { tags, server } = await meet(newPageForEver);

    expect(await failureOf(tags())).toMatchObject({ limit: 'pages', max: 20 });
    expect(server.requests).toHaveLength(20);
  });
});
