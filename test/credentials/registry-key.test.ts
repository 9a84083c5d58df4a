import { describe, expect, test } from 'vitest';
import { keyMatches, parseRegistryKey } from '#src/credentials/registry-key.ts';

describe('a key is brought to normal form', () => {
  test.for([
    ['quay.io', 'quay.io'],
    ['QUAY.io', 'quay.io'],
    ['https://quay.io', 'quay.io'],
    ['https://quay.io/', 'quay.io'],
    ['https://quay.io/v1/', 'quay.io'],
    ['https://quay.io/v2/', 'quay.io'],
    ['https://quay.io/v2/org/app/', 'quay.io/org/app'],
    ['http://reg.local:5000/team', 'http://reg.local:5000/team'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['https://auth.docker.io/token', 'docker.io'],
    ['docker.io/library', 'docker.io/library'],
    ['[::1]:5000', '[::1]:5000'],
    ['*.azurecr.io', '*.azurecr.io'],
  ])('%s is %s', ([key, text]) => {
    expect(parseRegistryKey(key!)?.text).toBe(text);
  });

  test.for(['', 'https://', 'user:pw@quay.io', 'a b', 'quay.io:port', '/path'])(
    '%j names no registry',
    (key) => {
      expect(parseRegistryKey(key)).toBeUndefined();
    },
  );
});

describe('a key covers a repository', () => {
  test.for([
    ['quay.io', 'quay.io', 'org/app', true],
    ['quay.io', 'quay.io:443', 'org/app', true],
    ['quay.io', 'quay.io:80', 'org/app', true],
    ['quay.io', 'quay.io:5000', 'org/app', false],
    ['quay.io:443', 'quay.io', 'org/app', true],
    ['quay.io:80', 'quay.io', 'org/app', false],
    ['quay.io:5000', 'quay.io:5000', 'org/app', true],
    ['quay.io:5000', 'quay.io', 'org/app', false],
    ['quay.io/org', 'quay.io', 'org/app', true],
    ['quay.io/org/app', 'quay.io', 'org/app', true],
    ['quay.io/org/ap', 'quay.io', 'org/app', false],
    ['quay.io/org/app/x', 'quay.io', 'org/app', false],
    ['quay.io/foo', 'quay.io', 'foobar/app', false],
    ['*.azurecr.io', 'me.azurecr.io', 'a', true],
    ['*.azurecr.io', 'azurecr.io', 'a', false],
    ['*.azurecr.io', 'a.b.azurecr.io', 'a', false],
    ['app*.k8s.io', 'app1.k8s.io', 'a', true],
    ['app?.k8s.io', 'app12.k8s.io', 'a', false],
    ['*.io', 'a.b.io', 'a', false],
    ['*.local:5000', 'reg.local:5000', 'a', true],
    ['*.local:5000', 'reg.local:5001', 'a', false],
    ['https://index.docker.io/v1/', 'docker.io', 'library/python', true],
    ['docker.io', 'registry-1.docker.io', 'library/python', true],
    ['docker.io/library', 'docker.io', 'library/python', true],
    ['docker.io/librar', 'docker.io', 'library/python', false],
    ['notdocker.io', 'docker.io', 'library/python', false],
  ] as const)('%s and %s/%s: %s', ([key, registry, repository, expected]) => {
    expect(keyMatches(parseRegistryKey(key)!, registry, repository)).toBe(expected);
  });

  test('a glob of many stars takes no exponential time', () => {
    const key = parseRegistryKey(`${'*a'.repeat(200)}.io`)!;
    expect(keyMatches(key, `${'a'.repeat(5_000)}b.io`, 'x')).toBe(false);
  });
});
