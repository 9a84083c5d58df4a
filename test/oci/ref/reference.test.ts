import { describe, expect, test } from 'vitest';

import { isDigest, parseDigest } from '#src/oci/ref/digest.ts';
import { endpointHost, parseReference, parseRegistry } from '#src/oci/ref/reference.ts';

const hex = 'a'.repeat(64);

describe('references', () => {
  test.for([
    ['nginx', 'docker.io/library/nginx'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['user/app', 'docker.io/user/app'],
    ['quay.io/org/app:v1', 'quay.io/org/app:v1'],
    ['QUAY.io/org/app', 'quay.io/org/app'],
    ['localhost/app', 'localhost/app'],
    ['host:5000/a/b/c', 'host:5000/a/b/c'],
    ['[::1]:5000/app:v1', '[::1]:5000/app:v1'],
    [`quay.io/org/app:v1@sha256:${hex}`, `quay.io/org/app:v1@sha256:${hex}`],
    ['docker.io/nginx', 'docker.io/library/nginx'],
    ['registry.test/a_b/c__d/e---f', 'registry.test/a_b/c__d/e---f'],
  ] as const)('%s is %s', ([text, full]) => {
    expect(parseReference(text).toString()).toBe(full);
  });

  test.for([
    '',
    ':tag',
    'UPPER',
    'a//b',
    'https://quay.io/org/app',
    'user:pass@quay.io/app',
    'quay.io/app?x=1',
    'quay.io/app#x',
    'quay.io\\app/x',
    'quay.io%00/app',
    'quay.io./app',
    'quаy.io/app',
    '[fe80::1%25eth0]:5000/app',
    '0x7f.1:5000/app',
    '2130706433:80/app',
    '127.1:5000/app',
    'host:0/app',
    'host:99999/app',
    'host:80a/app',
    `a:${'x'.repeat(129)}`,
    `quay.io/${'a'.repeat(256)}`,
    'app:-x',
  ])('H69: %s is refused', (text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'REFERENCE_INVALID' }) as Error,
    );
  });

  test('H69: a homograph is shown in its ASCII form', () => {
    expect(() => parseRegistry('quаy.io')).toThrow(/xn--/u);
  });

  test('Docker Hub is asked under another name', () => {
    expect(endpointHost('docker.io')).toBe('registry-1.docker.io');
    expect(endpointHost('quay.io')).toBe('quay.io');
  });
});

describe('digests', () => {
  test.for([`sha256:${hex}`, `sha512:${'0'.repeat(128)}`, `sha384:${'f'.repeat(96)}`])(
    '%s is one',
    (text) => {
      expect(parseDigest(text)).toBe(text);
    },
  );

  test.for([
    ['', 'DIGEST_INVALID'],
    ['sha256:', 'DIGEST_INVALID'],
    [`sha256:${hex}0`, 'DIGEST_INVALID'],
    [`sha256:${hex.toUpperCase()}`, 'DIGEST_INVALID'],
    [`SHA256:${hex}`, 'DIGEST_INVALID'],
    [`sha256:${'../'.repeat(21)}a`, 'DIGEST_INVALID'],
    [`sha1:${'a'.repeat(40)}`, 'DIGEST_UNSUPPORTED'],
    ['__proto__:x', 'DIGEST_INVALID'],
  ] as const)('"%s" is refused as %s', ([text, code]) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code }) as Error);
  });
});
