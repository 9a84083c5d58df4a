import { expect, test } from 'vitest';

import type { Credential } from '#src/oci/auth/credential.ts';
import { withoutEcho } from '#src/oci/auth/echo.ts';

const password = 'p"ä&s5w0rd';
const basic: Credential = { kind: 'basic', username: 'user', password };
const header = `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;

function shown(body: string, status = 401): string {
  const response = { status, headers: {}, body: Buffer.from(body) };
  return Buffer.from(withoutEcho(response, basic, header).body).toString();
}

test.for<[string, string]>([
  [`no user with ${password}`, 'no user with [hidden]'],
  [JSON.stringify({ message: `not ${password}` }), '{"message":"not [hidden]"}'],
  [`got ${header}!`, 'got Basic [hidden]!'],
  [`?password=${encodeURIComponent(password)}`, '?password=[hidden]'],
  [Buffer.from(password).toString('base64'), '[hidden]='],
  ['who are you, Zoë?', 'who are you, Zoë?'],
])('%s is told as %s', ([body, told]) => {
  expect(shown(body)).toBe(told);
});

test('content is left as it is', () => {
  expect(shown(password, 200)).toBe(password);
});
