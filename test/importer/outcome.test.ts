import { describe, expect, test } from 'vitest';
import { failedOutcome } from '#src/importer/outcome.ts';
import {
  ForbiddenError,
  HttpStatusError,
  NotFoundError,
  RateLimitedError,
  ServerError,
  UnauthorizedError,
  type HttpStatusDetails,
} from '#src/oci/errors/answers.ts';
import { RealmRejectedError, TokenError } from '#src/oci/errors/auth.ts';
import { DigestMismatchError } from '#src/oci/errors/content.ts';
import {
  AbortedError,
  ConnectError,
  DnsError,
  LimitError,
  TimeoutError,
  TlsError,
} from '#src/oci/errors/network.ts';

const subject = 'docker.io/library/python:nope';
const host = 'registry-1.docker.io';
const manifest = {
  what: 'manifest',
  subject,
  registry: 'docker.io',
  repository: 'library/python',
  insecure: false,
} as const;

function details(status: number, ...codes: string[]): HttpStatusDetails {
  const errors = codes.map((code) => ({ code, message: `${code} said so` }));
  return { status, errors, bodyKind: errors.length > 0 ? 'json' : 'empty', bodyText: '' };
}

function statusOf(error: unknown): object {
  return failedOutcome(error, manifest, 0).status;
}

function internal(text: string): object {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${text}`,
    reason: 'InternalError',
    details: { causes: [{ message: text }] },
    code: 500,
  };
}

const unauthorized = {
  metadata: {},
  status: 'Failure',
  message: `you may not have access to the container image "${subject}"`,
  reason: 'Unauthorized',
  code: 401,
};

test('a missing tag is not found, in the words of the recordings', () => {
  const error = new NotFoundError('no', details(404, 'MANIFEST_UNKNOWN'));
  expect(statusOf(error)).toEqual({
    metadata: {},
    status: 'Failure',
    message: `dockerimage.image.openshift.io "${subject}" not found`,
    reason: 'NotFound',
    details: { name: subject, group: 'image.openshift.io', kind: 'dockerimage' },
    code: 404,
  });
});

test('one MANIFEST_UNKNOWN among several errors is enough', () => {
  const error = new NotFoundError('no', details(404, 'NAME_UNKNOWN', 'MANIFEST_UNKNOWN'));
  expect(statusOf(error)).toMatchObject({ reason: 'NotFound' });
});

test('missing and wrong credentials read alike', () => {
  const missing = new UnauthorizedError('no', details(401, 'UNAUTHORIZED'));
  const wrong = new UnauthorizedError('no', details(401, 'UNAUTHORIZED'));
  wrong.triedCredentials = 2;
  wrong.credentialsRejected = true;
  const token = new TokenError('no', { status: 401, credentialsRejected: true });
  for (const error of [missing, wrong, token]) expect(statusOf(error)).toEqual(unauthorized);
});

test.for<[string, unknown, string]>([
  [
    'an unknown name',
    new NotFoundError('x', details(404, 'NAME_UNKNOWN')),
    `${subject}: name unknown: NAME_UNKNOWN said so`,
  ],
  ['DENIED', new ForbiddenError('x', details(403, 'DENIED')), `${subject}: denied: DENIED said so`],
  [
    'several errors',
    new HttpStatusError('x', details(400, 'A_B', 'C')),
    `${subject}: errors:\na b: A_B said so\nc: C said so\n`,
  ],
  [
    'a status without a body',
    new ServerError('unexpected status 503', details(503)),
    `${subject}: received unexpected HTTP status: 503 Service Unavailable`,
  ],
  [
    'TLS asked of a plain server',
    new TlsError('wrong version', 'not-tls', { host }),
    `${subject}: Get "https://${host}/v2/": http: server gave HTTP response to HTTPS client`,
  ],
  [
    'an unreachable host',
    new ConnectError('connection refused', { host }),
    `${subject}: Get "https://${host}/v2/": connection refused`,
  ],
  [
    'a limit',
    new LimitError('manifestBytes', 4),
    `${subject}: the limit manifestBytes of 4 is exceeded`,
  ],
  [
    'an untrusted token server',
    new RealmRejectedError('auth.evil is not trusted', 'auth.evil'),
    `${subject}: auth.evil is not trusted`,
  ],
  [
    'a bad digest',
    new DigestMismatchError({ expected: 'a', actual: 'b', source: 'reference' }),
    `${subject}: content integrity error: the manifest retrieved with digest a does not match the digest calculated from the content b`,
  ],
])('%s is an internal error that says why', ([, error, text]) => {
  expect(statusOf(error)).toEqual(internal(text));
});

test('an insecure host that cannot be reached was asked over plain HTTP last', () => {
  const error = new ConnectError('connection refused', { host });
  expect(failedOutcome(error, { ...manifest, insecure: true }, 0).status.message).toContain(
    `Get "http://${host}/v2/": connection refused`,
  );
});

describe('of a repository listing', () => {
  test('an unknown name is not found', () => {
    const error = new NotFoundError('x', details(404, 'NAME_UNKNOWN'));
    expect(
      failedOutcome(error, { ...manifest, what: 'tags', subject: 'reg.io/a' }, 0).status,
    ).toMatchObject({
      message: 'dockerimage.image.openshift.io "reg.io/a" not found',
    });
  });

  test('any other error stands without the reference', () => {
    const error = new ServerError('unexpected status 500', details(500));
    expect(
      failedOutcome(error, { ...manifest, what: 'tags', subject: 'reg.io/a' }, 0).status,
    ).toEqual(internal('received unexpected HTTP status: 500 Internal Server Error'));
  });
});

describe('whether to try again', () => {
  test.for<[string, unknown, boolean]>([
    ['not found', new NotFoundError('x', details(404, 'MANIFEST_UNKNOWN')), false],
    ['unauthorized', new UnauthorizedError('x', details(401)), false],
    ['503', new ServerError('x', details(503), {}, true), true],
    ['a timeout', new TimeoutError('headers'), true],
    ['DNS that may recover', new DnsError('x', {}, true), true],
    ['DNS that will not', new DnsError('x'), false],
    ['an aborted call', new AbortedError('x'), true],
    ['a bug', new Error('x'), false],
  ])('%s: %s', ([, error, temporary]) => {
    expect(failedOutcome(error, manifest, 0).temporary).toBe(temporary);
  });

  test('a pause that a registry asked for is told where the registry says nothing itself', () => {
    const empty = { status: 429, errors: [], bodyKind: 'empty', bodyText: '' } as const;
    const error = new RateLimitedError('x', empty, {}, true);
    error.retryAt = new Date('2026-01-03T00:15:00Z');
    const messageOf = (): string | undefined => failedOutcome(error, manifest, 0).status.message;
    expect(messageOf()).toContain('error parsing HTTP 429 response body');
    error.asked = true;
    expect(messageOf()).toBe(
      `Internal error occurred: ${subject}: toomanyrequests: the registry asked for a pause until 2026-01-03T00:15:00Z`,
    );
  });

  test('a rate limit says when', () => {
    const error = new RateLimitedError('x', details(429, 'TOOMANYREQUESTS'), {}, true);
    error.retryAt = new Date(90_000);
    expect(failedOutcome(error, manifest, 30_000)).toMatchObject({
      temporary: true,
      retryAfterMs: 60_000,
      status: {
        message: `Internal error occurred: ${subject}: toomanyrequests: TOOMANYREQUESTS said so`,
      },
    });
  });
});
