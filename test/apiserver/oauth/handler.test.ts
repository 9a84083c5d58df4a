import { describe, expect, test } from 'vitest';

import type { ApiRequest } from '#src/apiserver/http/messages.ts';
import { Grants, type GrantStore } from '#src/apiserver/oauth/grants.ts';
import { oauthHandler } from '#src/apiserver/oauth/handler.ts';
import { systemClock } from '#src/lib/clock.ts';

const noStore = {} as GrantStore;

function request(path: string, headers: Record<string, string>, method = 'GET'): ApiRequest {
  return {
    method,
    path,
    query: new URLSearchParams(),
    headers,
    rawHeaders: Object.entries(headers).flat(),
    remoteAddress: '127.0.0.1',
    body: Buffer.alloc(0),
    signal: new AbortController().signal,
  };
}

function handler(publicUrl?: string): ReturnType<typeof oauthHandler> {
  return oauthHandler({
    grants: new Grants(noStore, systemClock, 1000),
    login: async () => undefined,
    ...(publicUrl === undefined ? {} : { publicUrl }),
  });
}

const wellKnown = '/.well-known/oauth-authorization-server';

async function issuer(host: string, publicUrl?: string): Promise<unknown> {
  const answer = await handler(publicUrl)(request(wellKnown, { host }));
  return answer !== undefined && 'body' in answer ? JSON.parse(String(answer.body)).issuer : answer;
}

describe('the issuer', () => {
  test.for(['localhost', 'api.example.com:6443', '127.0.0.1:8443', '[::1]:8443'])(
    'is the host that was asked: %s',
    async (host) => {
      expect(await issuer(host)).toBe(`https://${host}`);
    },
  );

  test.for(['', 'evil.example/x', 'a@evil.example', 'a b', '[::1', 'x:999999', 'a"b', 'a#b'])(
    'is no host that is none: %j',
    async (host) => {
      await expect(issuer(host)).rejects.toMatchObject({ status: { code: 400 } });
    },
  );

  test('is the public address where there is one', async () => {
    expect(await issuer('evil.example', 'https://sluice.example.com')).toBe(
      'https://sluice.example.com',
    );
  });
});

test('other methods are refused, and other paths are left to others', async () => {
  const headers = { host: 'localhost' };
  await expect(handler()(request('/oauth/authorize', headers, 'POST'))).rejects.toMatchObject({
    status: { code: 405 },
  });
  await expect(handler()(request('/oauth/token', headers))).rejects.toMatchObject({
    status: { code: 405 },
  });
  expect(await handler()(request('/oauth/other', headers))).toBeUndefined();
  expect(await handler()(request('/constructor', headers))).toBeUndefined();
});
