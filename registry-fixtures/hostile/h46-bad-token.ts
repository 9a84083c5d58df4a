import { serveTokens, tokenAnswer } from './auth.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';

const values: readonly (readonly [string, string])[] = [
  ['with CR LF and a header', 'good-token\r\nX-Injected: yes'],
  ['with LF', 'good\ntoken'],
  ['with a NUL', 'good\u0000token'],
  ['with a blank', 'good token'],
  ['that is not ASCII', 'g\u00f6\u00f6d'],
  ['of 100 KiB', 'x'.repeat(100 * 1024)],
];

/** Tokens that would break out of the header they are sent in. */
export const badTokens: readonly Misdeed[] = values.map(([what, token]) =>
  misdeed(46, `a token ${what}`, async () =>
    serveTokens((_request, reply) => {
      reply.send(tokenAnswer({ token }));
    }),
  ),
);

export const giantToken = misdeed(46, 'a token of 1 MiB', async () =>
  serveTokens((_request, reply) => {
    reply.send(tokenAnswer({ token: 'x'.repeat(1024 * 1024) }));
  }),
);
