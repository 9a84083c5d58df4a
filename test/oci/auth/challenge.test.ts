import { describe, expect, test } from 'vitest';

import { parseChallenges } from '#src/oci/auth/challenge.ts';
import { judgeRealm } from '#src/oci/auth/realm.ts';
import { ScopeSet } from '#src/oci/auth/scope.ts';

function read(header: string): unknown {
  return parseChallenges(header).map(({ scheme, token68, params }) => [
    scheme,
    ...(token68 === undefined ? [] : [token68]),
    { ...params },
  ]);
}

describe('B1: challenges', () => {
  test.for([
    ['', []],
    ['Basic', [['basic', {}]]],
    ['Basic realm="a b"', [['basic', { realm: 'a b' }]]],
    ['BASIC REALM=x', [['basic', { realm: 'x' }]]],
    [
      'Bearer realm="https://a/t",service="s",scope="repository:a:pull,push repository:b:pull"',
      [
        [
          'bearer',
          { realm: 'https://a/t', service: 's', scope: 'repository:a:pull,push repository:b:pull' },
        ],
      ],
    ],
    ['Bearer realm="a\\"b\\\\c"', [['bearer', { realm: 'a"b\\c' }]]],
    ['Bearer realm = "x" , service = y', [['bearer', { realm: 'x', service: 'y' }]]],
    [
      'Negotiate, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    [
      'Negotiate abc==, Bearer realm="x"',
      [
        ['negotiate', 'abc==', {}],
        ['bearer', { realm: 'x' }],
      ],
    ],
    ['NTLM TlRMTVNTUAAB=', [['ntlm', 'TlRMTVNTUAAB=', {}]]],
    [',, Basic realm="x",,', [['basic', { realm: 'x' }]]],
    ['Bearer realm="1",realm="2"', [['bearer', { realm: '1' }]]],
    [
      'Basic realm="a", Bearer realm="b"',
      [
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b' }],
      ],
    ],
    ['Bearer realm=https://a/t,service=s', [['bearer', { realm: 'https://a/t', service: 's' }]]],
    ['Basic realm=""', [['basic', { realm: '' }]]],
    ['Negotiate', [['negotiate', {}]]],
    [
      'Negotiate, NTLM',
      [
        ['negotiate', {}],
        ['ntlm', {}],
      ],
    ],
    ['bearer realm="x"', [['bearer', { realm: 'x' }]]],
    ['Bearer   realm="x"', [['bearer', { realm: 'x' }]]],
    ['Bearer\trealm="x"', [['bearer', { realm: 'x' }]]],
    ['Basic realm="a,b"', [['basic', { realm: 'a,b' }]]],
    ['Basic realm="\\x"', [['basic', { realm: 'x' }]]],
    ['Basic realm="caf\u00e9"', [['basic', { realm: 'caf\u00e9' }]]],
    ['Bearer scope="",realm="x"', [['bearer', { scope: '', realm: 'x' }]]],
    ['Bearer realm="https://a/t?x=1&y=2"', [['bearer', { realm: 'https://a/t?x=1&y=2' }]]],
    [
      'Bearer error="invalid_token", realm="x"',
      [['bearer', { error: 'invalid_token', realm: 'x' }]],
    ],
    [
      'Bearer realm="x",error="insufficient_scope",scope="registry:catalog:*"',
      [['bearer', { realm: 'x', error: 'insufficient_scope', scope: 'registry:catalog:*' }]],
    ],
    [
      'Digest realm="d", qop="auth, auth-int", Basic realm="b"',
      [
        ['digest', { realm: 'd', qop: 'auth, auth-int' }],
        ['basic', { realm: 'b' }],
      ],
    ],
    [
      'Basic realm="" , Bearer realm="b"',
      [
        ['basic', { realm: '' }],
        ['bearer', { realm: 'b' }],
      ],
    ],
    ['AWS4-HMAC-SHA256 a=b', [['aws4-hmac-sha256', { a: 'b' }]]],
    ['Bearer realm=', [['bearer', 'realm=', {}]]],
    ['Basic __proto__="x"', [['basic', { ['__proto__']: 'x' }]]],
    [`Basic realm="${'x'.repeat(16_000)}"`, [['basic', { realm: 'x'.repeat(16_000) }]]],
  ] as const)('%s', ([header, expected]) => {
    expect(read(header)).toEqual(expected);
  });

  test('several lines are one list', () => {
    expect(parseChallenges(['Basic realm="a"', 'Bearer realm="b"'])).toHaveLength(2);
  });

  test.for([
    'Bearer realm="open',
    'Bearer realm="a" x',
    '=',
    '"x"',
    'Bearer "x"',
    'Bearer realm="x" error="y"',
    'Basic realm="a"Bearer realm="b"',
    'Basic realm="x"; charset=utf-8',
    'Bearer realm="x\\',
    'Basic realm="x", \u0000',
    Array.from({ length: 33 }, () => 'Basic').join(),
    `Basic realm="${'x'.repeat(17_000)}"`,
  ])('what is none is refused: %s', (header) => {
    expect(() => parseChallenges(header)).toThrow(
      expect.objectContaining({ code: 'AUTH_CHALLENGE' }) as Error,
    );
  });
});

describe('scopes', () => {
  test('actions of one resource are united, and sorted', () => {
    const set = ScopeSet.of('repository:b:push', 'repository:a:pull').add('repository:b:pull');
    expect(set.toArray()).toEqual(['repository:a:pull', 'repository:b:pull,push']);
    expect(set.covers(ScopeSet.of('repository:b:pull'))).toBe(true);
    expect(set.covers(ScopeSet.of('repository:c:pull'))).toBe(false);
    expect(ScopeSet.of('repository:b:*').covers(ScopeSet.of('repository:b:pull'))).toBe(true);
  });
});

describe('realms', () => {
  const https = new URL('https://registry.example.com');

  test.for([
    ['https://registry.example.com/token', 'send-credentials'],
    ['https://auth.registry.example.com/token', 'send-credentials'],
    ['https://example.com/token', 'send-credentials'],
    ['https://auth.example.com/token', 'anonymous-only'],
    ['https://evil.test/token', 'anonymous-only'],
    ['https://com/token', 'anonymous-only'],
    ['http://registry.example.com/token', 'reject'],
    ['ftp://registry.example.com/token', 'reject'],
    ['https://u:p@registry.example.com/token', 'reject'],
    ['https://registry.example.com/token#x', 'reject'],
    ['/token', 'reject'],
    [`https://registry.example.com/${'x'.repeat(10_000)}`, 'reject'],
  ] as const)('%s: %s', ([realm, decision]) => {
    expect(judgeRealm(realm, https, 'registry.example.com', {}).decision).toBe(decision);
  });

  test('names below a suffix of many owners are not one owner', () => {
    const registry = new URL('https://a.azurecr.io');
    expect(judgeRealm('https://azurecr.io/t', registry, 'a.azurecr.io', {}).decision).toBe(
      'anonymous-only',
    );
  });

  test('an administrator can trust a host', () => {
    const policy = { realm: { trusted: { 'registry.example.com': ['keycloak.test'] } } };
    expect(
      judgeRealm('https://keycloak.test/t', https, 'registry.example.com', policy).decision,
    ).toBe('send-credentials');
  });

  test('Docker Hub’s token server has another name', () => {
    const hub = new URL('https://registry-1.docker.io');
    expect(judgeRealm('https://auth.docker.io/token', hub, 'docker.io', {}).decision).toBe(
      'send-credentials',
    );
  });
});
