import { describe, expect, test } from 'vitest';

import { negotiate } from '#src/apiserver/http/accept.ts';
import { resourceRequestInfo } from '#src/apiserver/http/request-info.ts';
import { Warnings } from '#src/apiserver/http/warnings.ts';

const info = (line: string): unknown => {
  const [method = '', url = ''] = line.split(' ');
  const [path = '', query = ''] = url.split('?');
  return resourceRequestInfo({ method, path, query: new URLSearchParams(query) });
};

describe('what a request is about', () => {
  test.for<[string, object]>([
    ['GET /api/v1/secrets', { group: '', version: 'v1', resource: 'secrets', verb: 'list' }],
    ['GET /api/v1/namespaces', { resource: 'namespaces', namespace: '', name: '', verb: 'list' }],
    ['GET /api/v1/namespaces/a', { resource: 'namespaces', namespace: '', name: 'a', verb: 'get' }],
    [
      'PUT /api/v1/namespaces/a/finalize',
      { resource: 'namespaces', name: 'a', subresource: 'finalize', verb: 'update' },
    ],
    [
      'GET /api/v1/namespaces/a/secrets/b',
      { resource: 'secrets', namespace: 'a', name: 'b', verb: 'get' },
    ],
    ['GET /api/v1/watch/namespaces/a/secrets', { namespace: 'a', verb: 'watch' }],
    ['GET /apis/g/v1/things?watch', { group: 'g', resource: 'things', verb: 'watch' }],
    ['GET /apis/g/v1/things?watch=false', { verb: 'list' }],
    ['DELETE /apis/g/v1/things', { verb: 'deletecollection' }],
    ['PATCH /apis/g/v1/things/a/status', { subresource: 'status', verb: 'patch' }],
    ['GET /apis/g/v1/things/app:latest', { name: 'app:latest' }],
    ['GET /apis/g/v1/things/app@sha256:abc', { name: 'app@sha256:abc' }],
    ['HEAD /apis/g/v1/things/a', { verb: undefined }],
  ])('%s', ([line, expected]) => {
    expect(info(line)).toMatchObject(expected);
  });

  test.for(['/apis/g/v1', '/apis', '/healthz', '/apis/g/v1/things/a/b/c'])(
    'nothing that %s names is a resource',
    (path) => {
      expect(info(`GET ${path}`)).toBeUndefined();
    },
  );
});

describe('what a client accepts', () => {
  test.for<[string | undefined, object]>([
    [undefined, { encoding: 'json' }],
    ['', { encoding: 'json' }],
    ['*/*', { encoding: 'json' }],
    ['application/yaml', { encoding: 'yaml' }],
    ['application/yaml;q=0.5, application/json;q=0.9', { encoding: 'json' }],
    ['application/json;q=0, application/yaml', { encoding: 'yaml' }],
    [
      'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
      { encoding: 'json', transform: { kind: 'Table', apiVersion: 'meta.k8s.io/v1' } },
    ],
    [
      'application/json;as=Table;v=v9;g=meta.k8s.io, application/json;as=Table;v=v1beta1;g=meta.k8s.io',
      { encoding: 'json', transform: { kind: 'Table', apiVersion: 'meta.k8s.io/v1beta1' } },
    ],
    ['application/json;as=Tree;v=v1;g=meta.k8s.io, application/json', { encoding: 'json' }],
  ])('%s', ([header, expected]) => {
    expect(negotiate(header)).toEqual(expected);
  });
});

describe('warnings', () => {
  test('are sent once, quoted, without control characters', () => {
    const warnings = new Warnings();
    for (const text of ['a "b" \\', 'a "b" \\', 'c\r\nd']) warnings.add(text);
    expect(warnings.headers()).toEqual({
      warning: [String.raw`299 - "a \"b\" \\"`, '299 - "c  d"'],
    });
  });

  test('stay small enough for a header', () => {
    const warnings = new Warnings();
    for (let index = 0; index < 100; index += 1) warnings.add(`${index} ${'x'.repeat(90)}`);
    const values = warnings.headers()['warning'] ?? [];
    expect([values].flat().join('').length).toBeLessThanOrEqual(4096);
  });
});
