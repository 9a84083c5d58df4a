import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Attributes } from '#src/apiserver/authorize/authorizer.ts';
import { mastersAuthorizer } from '#src/apiserver/authorize/built-in.ts';

import { startHarness, widgetsPath, type Harness } from './support/harness.ts';
import { widget } from './support/objects.ts';
import { exchangeRaw, rawRequest } from './support/raw.ts';

let api: Harness;
const asked: Attributes[] = [];
const marker = 'hidden-from-bob';

beforeAll(async () => {
  api = await startHarness({
    authorizer: {
      async authorize(attributes) {
        asked.push(attributes);
        const isBob = attributes.user.username === 'bob';
        if (isBob && attributes.resource === 'widgets' && attributes.name === 'allowed')
          return { decision: 'allow', reason: '' };
        return mastersAuthorizer.authorize(attributes);
      },
    },
  });
  await api.request('POST', widgetsPath, { body: widget({ name: 'allowed' }) });
  await api.request('POST', widgetsPath, {
    body: { ...widget({ name: 'secret' }), spec: { colour: marker } },
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const smuggled = 'GET /version HTTP/1.1\r\nHost: sluice\r\n\r\n';

function post(...headers: string[]): string {
  return `POST ${widgetsPath} HTTP/1.1\r\n${['Host: sluice', ...headers].join('\r\n')}\r\n\r\n`;
}

function asAdmin(): string {
  return `Authorization: Bearer ${api.token}`;
}

describe('two requests in one', () => {
  const chunks = '0\r\n\r\n';
  test.for<[string, string]>([
    ['two lengths', post('Content-Length: 0', 'Content-Length: 5')],
    ['a list of lengths', post('Content-Length: 0, 0')],
    ['length and chunks', `${post('Content-Length: 5', 'Transfer-Encoding: chunked')}${chunks}`],
    ['chunks and length', `${post('Transfer-Encoding: chunked', 'Content-Length: 5')}${chunks}`],
    ['an unknown encoding', `${post('Transfer-Encoding: xchunked')}${chunks}`],
    ['chunked not last', `${post('Transfer-Encoding: chunked, identity')}${chunks}`],
    ['chunked twice', `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: x')}${chunks}`],
    ['a signed length', `${post('Content-Length: +5')}12345`],
    ['a negative length', post('Content-Length: -1')],
    ['a hexadecimal length', `${post('Content-Length: 0x5')}12345`],
    ['an endless length', post('Content-Length: 99999999999999999999999')],
    ['a chunk size that is none', `${post('Transfer-Encoding: chunked')}zz\r\n\r\n`],
    [
      'an endless chunk size',
      `${post('Transfer-Encoding: chunked')}fffffffffffffffff1\r\na\r\n${chunks}`,
    ],
    ['a space before the colon', post('Content-Length : 0')],
    ['a header over two lines', post('X-A: b\r\n Content-Length: 5')],
    ['a line feed alone', `POST ${widgetsPath} HTTP/1.1\nHost: sluice\nContent-Length: 0\n\n`],
    ['a NUL in a header', post('X-A: b\0c')],
    ['a header without a name', post(': b')],
    ['no host', `POST ${widgetsPath} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`],
    ['no version', `GET ${widgetsPath}\r\n\r\n`],
    ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method that is none', rawRequest('FETCH /version')],
    ['a tunnel', rawRequest('CONNECT sluice:443')],
  ])('%s', async ([, text]) => {
    const { statuses, closed } = await exchangeRaw(api, `${text}${smuggled}`);
    expect(statuses.filter((code) => code < 400)).toEqual([]);
    expect(statuses.length).toBeLessThanOrEqual(1);
    expect(closed).toBe(true);
  });

  test('one after the other are two', async () => {
    const { statuses } = await exchangeRaw(api, `${smuggled}${smuggled}`);
    expect(statuses).toEqual([403, 403]);
  });
});

describe('what is authorized is what is served', () => {
  const things = '/apis/example.dev/v1/namespaces/test/widgets';
  test.for([
    `${things}/secret`,
    `${things}/allowed/../secret`,
    `${things}/allowed/%2e%2e/secret`,
    `${things}/allowed%2f..%2fsecret`,
    `${things}/allowed%2F%2E%2E%2Fsecret`,
    `${things}/allowed%252f..%252fsecret`,
    String.raw`${things}/allowed\..\secret`,
    `${things}/allowed%5c..%5csecret`,
    `${things}/./secret`,
    `/${things}/secret`,
    `${things}//secret`,
    `${things}/secret/`,
    `${things}/%73ecret`,
    `${things}/secret%00`,
    `${things}/secret%00allowed`,
    `${things}/allowed%00/secret`,
    `${things}/secret;allowed`,
    `${things}/allowed;/../secret`,
    `${things}/secret?name=allowed`,
    `${things}/secret#/allowed`,
    `${things}/secret/allowed`,
    `${things}/allowed/secret`,
    `https://sluice${things}/secret`,
    `https://sluice/allowed/..${things}/secret`,
    `${things}?fieldSelector=metadata.name=secret`,
    `${things}?watch=1&fieldSelector=metadata.name=secret`,
    `/apis/example.dev/v1/watch/namespaces/test/widgets/secret`,
    `/apis/example.dev/v1/namespaces/test%2fwidgets/secret`,
    `/apis/example.dev/v1/namespaces/other/../test/widgets/secret`,
    `/apis/example.dev/v1/WIDGETS/secret`,
    `/livez/..${things}/secret`,
    `/livez/%2e%2e/apis/example.dev/v1/namespaces/test/widgets/secret`,
  ])('%s', async (target) => {
    asked.length = 0;
    const authorization = `Authorization: Bearer ${api.bobToken}`;
    const { text, statuses } = await exchangeRaw(api, rawRequest(`GET ${target}`, [authorization]));
    expect(text).not.toContain(marker);
    expect(statuses[0]).toBeGreaterThanOrEqual(400);
    // Of the object that bob may see, only a subresource that there is not was asked for.
    const seen = asked.filter(({ resource, name }) => resource === 'widgets' && name === 'allowed');
    expect(seen.map(({ subresource }) => subresource)).toEqual(
      target.endsWith('/allowed/secret') ? ['secret'] : [],
    );
  });

  test.for([`${things}/allowed`, `/${things}//%61llowed/`, `http://sluice${things}/allowed`])(
    '%s is the same',
    async (target) => {
      const authorization = `Authorization: Bearer ${api.bobToken}`;
      const { text } = await exchangeRaw(api, rawRequest(`GET ${target}`, [authorization]));
      expect(text).toMatch(/^HTTP\/1\.1 200 /);
      expect(text).toContain('"name":"allowed"');
    },
  );

  test('the paths that are no resources are asked for as they are served', async () => {
    asked.length = 0;
    for (const target of ['/metrics', '//metrics', '/metrics/', '/%6detrics', 'http://x/metrics'])
      await exchangeRaw(api, rawRequest(`GET ${target}`));
    expect(asked.map(({ path }) => path)).toEqual(Array.from({ length: 5 }, () => '/metrics'));
  });
});

describe('headers', () => {
  test('one that says "as somebody else" is seen however many stand before it', async () => {
    const many = Array.from({ length: 4_000 }, () => 'a:1');
    const { statuses } = await exchangeRaw(
      api,
      rawRequest('GET /version', [asAdmin(), ...many, 'Impersonate-User: bob']),
    );
    expect(statuses).toEqual([403]);
  });

  test('too many of them are refused', async () => {
    const { statuses, text } = await exchangeRaw(
      api,
      rawRequest('GET /version', [`X-Long: ${'x'.repeat(40_000)}`]),
    );
    expect(statuses).toEqual([431]);
    expect(text).toContain('longer than 32768 bytes');
  });

  test('two tokens are nobody', async () => {
    const tokens = [`Authorization: Bearer ${api.bobToken}`, asAdmin()];
    const { text } = await exchangeRaw(api, rawRequest('GET /metrics', tokens));
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('pages of other sites learn nothing', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const { text } = await exchangeRaw(
        api,
        rawRequest(`${method} /version`, [
          'Origin: https://evil.example.com',
          'Access-Control-Request-Method: PUT',
        ]),
      );
      expect(text).not.toMatch(/access-control-/i);
    }
  });

  test('browsers and proxies neither guess nor keep', async () => {
    const { headers } = await api.request('GET', `${widgetsPath}/allowed`);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-cache, no-store, private');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['server']).toBeUndefined();
    const missing = await api.request('GET', '/nothing');
    expect(missing.headers['x-content-type-options']).toBe('nosniff');
    expect(missing.headers['cache-control']).toBe('no-cache, private');
  });
});

describe('bodies', () => {
  test('are read up to a limit', async () => {
    const { status, json } = await api.request('POST', widgetsPath, {
      body: Buffer.alloc(3 * 1024 * 1024 + 1, ' '),
    });
    expect(status).toBe(413);
    expect(json.reason).toBe('RequestEntityTooLarge');
  });

  test.for<[string, string, string]>([
    ['JSON', 'application/json', '{"a":'.repeat(200_000)],
    ['a list', 'application/json', `${'['.repeat(300_000)}${']'.repeat(300_000)}`],
    ['a part of an object', 'application/json', deepWidget(100_000)],
    ['YAML', 'application/yaml', '{a: '.repeat(100_000)],
    ['a list in YAML', 'application/yaml', `- ${'- '.repeat(50_000)}`],
    ['aliases of YAML', 'application/yaml', aliases(40)],
  ])('nested without end are refused: %s', async ([, contentType, body]) => {
    const headers = { 'content-type': contentType };
    const { status, json } = await api.request('POST', widgetsPath, { body, headers });
    expect(json.kind).toBe('Status');
    expect(status).toBe(400);
  });

  test('keys of prototypes are keys', async () => {
    const name = 'prototypes';
    const keys = `"hasOwnProperty":"a","constructor":"b","prototype":"c","toString":"d"`;
    const body = `{"apiVersion":"example.dev/v1","kind":"Widget","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"metadata":{"name":"${name}","annotations":{${keys}}}}`;
    expect((await api.request('POST', widgetsPath, { body })).status).toBe(201);
    const patched = await api.request('PATCH', `${widgetsPath}/${name}`, {
      body: `{"metadata":{"annotations":{"valueOf":"z"}},"spec":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}`,
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(patched.status).toBe(200);
    const { text } = await api.request('GET', `${widgetsPath}/${name}`);
    expect(text).toContain('"constructor":"b"');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

function deepWidget(depth: number): string {
  const nested = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  return `{"apiVersion":"example.dev/v1","kind":"Widget","metadata":{"name":"deep"},"spec":{"parts":${nested}}}`;
}

/** "Billion laughs". */
function aliases(levels: number): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < levels; level += 1)
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  return lines.join('\n');
}
