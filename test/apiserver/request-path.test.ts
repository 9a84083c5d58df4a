import { expect, test } from 'vitest';

import { requestPath } from '#src/apiserver/http/request-path.ts';

test.for<[string, string]>([
  ['/', '/'],
  ['/api/v1/namespaces', '/api/v1/namespaces'],
  ['/api/v1/namespaces/', '/api/v1/namespaces'],
  ['/apis/g/v1/things/app:v1?watch=1', '/apis/g/v1/things/app:v1'],
  ['/apis/g/v1/things/app%3Av1', '/apis/g/v1/things/app:v1'],
  ['/apis/g/v1/things/app@sha256:abc', '/apis/g/v1/things/app@sha256:abc'],
  ['//metrics', '/metrics'],
  ['/livez//', '/livez'],
  ['/%6detrics', '/metrics'],
  ['/a%2525', '/a%25'],
  ['/.well-known/oauth-authorization-server', '/.well-known/oauth-authorization-server'],
  ['/a/..b/c..', '/a/..b/c..'],
  ['/%C3%A4', '/ä'],
  ['https://other.example.com/api?x=1', '/api'],
  ['HTTP://other.example.com', '/'],
  ['https://user:pass@h//api', '/api'],
])('%s is %s', ([target, path]) => {
  expect(requestPath(target)).toBe(path);
});

test.for([
  '*',
  'api/v1',
  'ftp://host/api',
  '/a/../b',
  '/a/./b',
  '/..',
  '/.',
  '/a/%2e%2e/b',
  '/a/.%2E',
  '/a%2fb',
  '/a%2F..%2Fb',
  '/a%5cb',
  String.raw`/a\b`,
  '/a%00',
  '/a%0d%0aX-Remote-User:%20admin',
  '/a%7f',
  '/%',
  '/%zz',
  '/%c3%28',
  '/%ff',
])('%s names nothing', (target) => {
  expect(requestPath(target)).toBeUndefined();
});
