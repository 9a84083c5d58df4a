import { describe, expect, test } from 'vitest';
import { allowList, type AllowedRegistry } from '#src/domain/allowed-registries.ts';
import { referenceOf, type DockerImageReference } from '#src/domain/reference.ts';

function ref(text: string): DockerImageReference {
  const reference = referenceOf(text);
  if (reference === undefined) throw new Error(text);
  return reference;
}

function isAllowed(list: AllowedRegistry[], text: string, insecure = false): boolean {
  return allowList(list).refusal(ref(text), insecure) === undefined;
}

describe('a registry is allowed by host and port', () => {
  test.for([
    [[{ domainName: 'quay.io' }], 'quay.io/a/b', false, true],
    [[{ domainName: 'quay.io' }], 'quay.io:443/a/b', false, true],
    [[{ domainName: 'quay.io' }], 'quay.io:5000/a/b', false, false],
    [[{ domainName: 'quay.io', insecure: true }], 'quay.io/a/b', false, false],
    [[{ domainName: 'quay.io', insecure: true }], 'quay.io/a/b', true, true],
    [[{ domainName: 'quay.io:*' }], 'quay.io:5000/a/b', false, true],
    [[{ domainName: '*.example.com' }], 'a.b.example.com/x/y', false, true],
    [[{ domainName: '*.example.com' }], 'example.com/x/y', false, false],
    [[{ domainName: 'host?.io' }], 'host1.io/x/y', false, true],
    [[{ domainName: 'host?.io' }], 'host12.io/x/y', false, false],
    [[{ domainName: 'docker.io' }], 'python', false, true],
    [[{ domainName: 'docker.io' }], 'index.docker.io/library/python', false, true],
    [[{ domainName: 'registry-1.docker.io' }], 'docker.io/library/python', false, false],
    [[], 'anything.example/x/y', false, true],
  ] as const)('%o allows %s (insecure %s): %s', ([list, text, insecure, expected]) => {
    expect(isAllowed([...list], text, insecure)).toBe(expected);
  });
});

test('the integrated registry is always allowed', () => {
  const list = allowList([{ domainName: 'quay.io' }], 'registry.local:5000');
  expect(list.refusal(ref('registry.local:5000/a/b'), false)).toBeUndefined();
});

test('a refusal names the first patterns and counts the rest', () => {
  const list = allowList('abcdef'.split('').map((domainName) => ({ domainName })));
  expect(list.refusal(ref('quay.io/x/y'), false)).toBe(
    'registry "quay.io" not allowed by whitelist: "a:443", "b:443", "c:443", "d:443", and 2 more ...',
  );
});

test('what an object names already stays allowed, whatever its tag', () => {
  const list = allowList([{ domainName: 'quay.io' }]).including([ref('old.example/a/b:v1')]);
  expect(list.refusal(ref('old.example/a/b:v2'), false)).toBeUndefined();
  expect(list.refusal(ref('old.example/a/c'), false)).toBeDefined();
});

test('a hostile pattern takes no longer than its length asks for', () => {
  const list = allowList([{ domainName: `${'*a'.repeat(50)}b` }]);
  expect(list.refusal(ref(`${'a'.repeat(200)}.io/x/y`), false)).toBeDefined();
});
