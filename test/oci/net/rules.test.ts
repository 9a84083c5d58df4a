import { describe, expect, test } from 'vitest';

import { addressGuard } from '#src/oci/net/guard.ts';
import { nextPage } from '#src/oci/net/link.ts';
import { proxyFor } from '#src/oci/net/proxy.ts';
import { rateInfo } from '#src/oci/net/rate.ts';
import { redirectTarget } from '#src/oci/net/redirect.ts';
import { isTemporaryStatus, parseRetryAfter } from '#src/oci/net/retry.ts';
import { cleanText, redactUrl } from '#src/oci/text.ts';

describe('B25: addresses', () => {
  const open = addressGuard({}, true);
  const closed = addressGuard({ allowPrivateRegistries: false }, true);
  const outside = addressGuard({}, false);

  test.for(['127.0.0.1', '10.1.2.3', '::1', '192.168.0.1', 'fd12::1', '::ffff:10.0.0.1'])(
    '%s is private: registries may have it unless that is switched off, others never',
    (address) => {
      expect(open.allows(address)).toBe(true);
      expect(closed.allows(address)).toBe(false);
      expect(outside.allows(address)).toBe(false);
    },
  );

  test.for([
    '169.254.169.254',
    '0.0.0.0',
    '::',
    'fe80::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '224.0.0.1',
    '255.255.255.255',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    'not an address',
    '',
  ])('%s is refused to everyone', (address) => {
    expect(open.allows(address)).toBe(false);
  });

  test('public addresses are allowed', () => {
    for (const guard of [open, closed, outside]) expect(guard.allows('93.184.216.34')).toBe(true);
  });

  test('an administrator can allow and deny', () => {
    const guard = addressGuard(
      { addresses: { allow: ['169.254.1.1'], deny: ['93.184.0.0/16', '2001:db8::/32'] } },
      true,
    );
    expect(guard.allows('169.254.1.1')).toBe(true);
    expect(guard.allows('93.184.216.34')).toBe(false);
    expect(guard.allows('2001:db8::1')).toBe(false);
  });
});

describe('B21: Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  test.for([
    ['5', 5000],
    ['0', 1000],
    ['-1', 1000],
    ['1e9', 900_000],
    ['714.6µs', 1000],
    ['1m30s', 90_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thu, 01 Jan 1998 00:00:00 GMT', 1000],
    ['abc', undefined],
    ['', undefined],
    ['5, 7', undefined],
  ] as const)('%s', ([value, pause]) => {
    const at = parseRetryAfter(value, now);
    expect(at === undefined ? undefined : at - now).toBe(pause);
  });
});

test('B20: which statuses are worth another attempt', () => {
  const retried = [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524];
  for (const status of retried) expect(isTemporaryStatus(status)).toBe(true);
  for (const status of [400, 403, 404, 405, 406, 501])
    expect(isTemporaryStatus(status)).toBe(false);
});

describe('B27: proxies', () => {
  const settings = {
    http: 'http://proxy:3128',
    https: 'http://proxy:3128',
    noProxy: 'localhost, .internal.test, exact.test:5000, 10.0.0.0/8, fd00::/8, 192.0.2.7',
  };
  test.for([
    ['https://quay.io', true],
    ['http://localhost:5000', false],
    ['https://a.internal.test', false],
    ['https://exact.test', true],
    ['https://exact.test:5000', false],
    ['https://10.2.3.4:5000', false],
    ['https://[fd00::1]:5000', false],
    ['https://192.0.2.7', false],
    ['https://notinternal.test', true],
  ] as const)('%s through the proxy: %s', ([origin, isProxied]) => {
    expect(proxyFor(new URL(origin), settings) !== undefined).toBe(isProxied);
  });

  test('* is everything', () => {
    expect(proxyFor(new URL('https://a.test'), { ...settings, noProxy: '*' })).toBeUndefined();
  });
});

describe('B18: Link', () => {
  const page = new URL('https://r.test/v2/a/tags/list?n=1');
  test.for([
    ['</v2/a/tags/list?last=b>; rel="next"', '?last=b'],
    ['<?last=b>; rel=next', '?last=b'],
    ['<https://r.test/v2/a/tags/list?last=b>; title="x,y"; rel="next"', '?last=b'],
    ['</v2/x>; rel="prev", </v2/a/tags/list?last=c>; rel="last next"', '?last=c'],
  ] as const)('%s', ([header, search]) => {
    expect(nextPage(header, page, {})?.search).toBe(search);
  });

  test.for(['', '</v2/a/tags/list>; rel="prev"', 'nothing', '<unclosed'])('none: %s', (header) => {
    expect(nextPage(header, page, {})).toBeUndefined();
  });

  test.for([
    '<https://evil.test/v2/a/tags/list>; rel="next"',
    '</v2/b/tags/list>; rel="next"',
    '<javascript:alert(1)>; rel="next"',
    `<${'x'.repeat(20_000)}>; rel="next"`,
  ])('refused: %s', (header) => {
    expect(() => nextPage(header, page, {})).toThrow(
      expect.objectContaining({ code: 'NET_LINK_REJECTED' }) as Error,
    );
  });
});

describe('B24: redirects', () => {
  const from = new URL('https://r.test/v2/a');
  test.for([
    'http://r.test/',
    'file:///etc/passwd',
    'data:,x',
    'https://u:p@b.test/',
    '',
    undefined,
  ])('refused: %s', (location) => {
    expect(() => redirectTarget(location, from, {}, {})).toThrow(
      expect.objectContaining({ code: 'NET_REDIRECT_REJECTED' }) as Error,
    );
  });

  test('relative and absolute targets are followed, without fragment', () => {
    expect(redirectTarget('b#x', from, {}, {}).href).toBe('https://r.test/v2/b');
    expect(redirectTarget('//cdn.test/b', from, {}, {}).href).toBe('https://cdn.test/b');
  });

  test('a list of hosts binds', () => {
    const policy = { redirectHosts: ['*.cdn.test'] };
    expect(redirectTarget('https://a.cdn.test/', from, policy, {}).host).toBe('a.cdn.test');
    expect(() => redirectTarget('https://b.test/', from, policy, {})).toThrow(/policy/u);
  });
});

test('quota headers are read', () => {
  expect(
    rateInfo({
      'ratelimit-limit': '100;w=21600',
      'ratelimit-remaining': '76;w=21600',
      'docker-ratelimit-source': '192.0.2.1',
    }),
  ).toEqual({ limit: 100, remaining: 76, windowSeconds: 21_600, source: '192.0.2.1' });
  expect(rateInfo({})).toBeUndefined();
});

test('texts from outside are cleaned, URLs redacted', () => {
  expect(cleanText('\u001b[31mred\u001b[0m\u202e \u0000x\n')).toBe('red   x');
  expect(cleanText('x'.repeat(500))).toHaveLength(200);
  expect(cleanText('see https://ann:s3cret@h.test/x and Basic YW5uOnMzY3JldA== now')).toBe(
    'see https://…@h.test/x and Basic … now',
  );
  expect(cleanText('Bearer eyJhbGciOi.eyJzdWIi.x-_y is old')).toBe('Bearer … is old');
  expect(cleanText('basic authentication required; bearer realm="x"')).toBe(
    'basic authentication required; bearer realm="x"',
  );
  expect(redactUrl('https://u:p@h.test/a?token=secret&b=c#d')).toBe('https://h.test/a?token=…&b=…');
  expect(redactUrl('nonsense')).toBe('(invalid URL)');
});
