import { expect, test } from 'vitest';
import { readAuthEntry } from '#src/credentials/auth-entry.ts';

const encoded = (text: string): string => Buffer.from(text).toString('base64');

test.for([
  {
    name: 'auth',
    entry: { auth: encoded('alice:se:cret') },
    credential: { kind: 'basic', username: 'alice', password: 'se:cret' },
  },
  {
    name: 'auth padded with NUL bytes',
    entry: { auth: encoded('alice:secret\0\0') },
    credential: { kind: 'basic', username: 'alice', password: 'secret' },
  },
  {
    name: 'auth with NUL bytes elsewhere',
    entry: { auth: encoded(`alice:\0\0secret`) },
    credential: { kind: 'basic', username: 'alice', password: '\0\0secret' },
  },
  {
    name: 'auth without base64 padding',
    entry: { auth: encoded('alice:secret!').replaceAll('=', '') },
    credential: { kind: 'basic', username: 'alice', password: 'secret!' },
  },
  {
    name: 'auth before username and password',
    entry: { auth: encoded('a:b'), username: 'c', password: 'd' },
    credential: { kind: 'basic', username: 'a', password: 'b' },
  },
  {
    name: 'username and password',
    entry: { username: 'alice', password: 'secret' },
    credential: { kind: 'basic', username: 'alice', password: 'secret' },
  },
  {
    name: 'identitytoken',
    entry: { identitytoken: 'refresh', auth: encoded('<token>:') },
    credential: { kind: 'identity', refreshToken: 'refresh', username: '<token>' },
  },
  {
    name: 'identitytoken alone',
    entry: { identitytoken: 'refresh' },
    credential: { kind: 'identity', refreshToken: 'refresh' },
  },
  {
    name: 'registrytoken before all others',
    entry: { registrytoken: 'bear', identitytoken: 'refresh', auth: encoded('a:b') },
    credential: { kind: 'bearer', token: 'bear' },
  },
])('$name is read', ({ entry, credential }) => {
  expect(readAuthEntry(entry)).toEqual({ kind: 'credential', credential });
});

test.for([{}, { auth: '' }, { email: 'a@example.com' }, { auth: encoded(':') }])(
  '%j says nothing',
  (entry) => {
    expect(readAuthEntry(entry)).toEqual({ kind: 'empty' });
  },
);

test.for([
  [null, 'the entry is not an object'],
  ['text', 'the entry is not an object'],
  [[], 'the entry is not an object'],
  [{ auth: 5 }, 'auth is not a string'],
  [{ auth: '%%%' }, 'auth is not base64'],
  [{ auth: encoded('no colon') }, 'auth is not base64 of "user:password"'],
  [{ registrytoken: 'a\r\nX-Evil: 1' }, 'registrytoken is not a token'],
  [{ identitytoken: 'ü' }, 'identitytoken is not a token'],
] as const)('%j is not used', ([entry, problem]) => {
  expect(readAuthEntry(entry)).toEqual({ kind: 'unusable', problem });
});
