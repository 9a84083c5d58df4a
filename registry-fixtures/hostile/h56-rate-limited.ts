import type { Misdeed } from './misdeed.ts';
import type { Answer } from './reply.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

/** A pause that is asked for in an odd way, and the milliseconds it stands for; undefined when for none. */
export interface OddPause extends Misdeed {
  readonly pauseMs: number | undefined;
}

const pauses: readonly (readonly [string | readonly string[] | undefined, number | undefined])[] = [
  [undefined, undefined],
  ['', undefined],
  ['soon', undefined],
  ['2999', 900_000],
  ['1e9', 900_000],
  ['999999999999999999999', 900_000],
  ['-1', 1000],
  ['0', 1000],
  // GHCR sends Go durations.
  ['714.6\u00c2\u00b5s', 1000],
  ['1m30s', 90_000],
  ['Fri, 31 Dec 1999 23:59:59 GMT', 1000],
  ['Fri, 31 Dec 2999 23:59:59 GMT', 900_000],
  [['5', '600'], undefined],
];

export const oddPauses: readonly OddPause[] = pauses.map(([value, pauseMs]) => ({
  ...limited(`Retry-After: ${String(value ?? '(none)')}`, {
    headers: { 'Content-Type': 'text/plain', ...(value !== undefined && { 'Retry-After': value }) },
    body: 'Too Many Requests',
  }),
  pauseMs,
}));

export const limitedWithPage = limited('a web page', {
  headers: { 'Content-Type': 'text/html', 'Retry-After': '60' },
  body: '<html><script>alert(1)</script>too many</html>',
});

/** As Docker Hub says it. */
export const pullQuota = limited('Docker Hub’s words', {
  headers: {
    'Content-Type': 'application/json',
    'Retry-After': '60',
    'RateLimit-Limit': '100;w=21600',
    'RateLimit-Remaining': '0;w=21600',
  },
  body: JSON.stringify({
    errors: [
      {
        code: 'TOOMANYREQUESTS',
        message:
          'You have reached your pull rate limit. You may increase the limit: https://www.docker.com/increase-rate-limit',
      },
    ],
  }),
});

function limited(what: string, answer: Answer): Misdeed {
  return misdeed(56, `429 with ${what}`, async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.send({ ...answer, status: 429 });
    }),
  );
}
