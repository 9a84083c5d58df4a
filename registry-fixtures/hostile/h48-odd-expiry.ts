import { serveTokens, tokenAnswer } from './auth.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';

/** What the server says, and the seconds that it is believed for. */
const lifetimes: readonly (readonly [Readonly<Record<string, unknown>>, number])[] = [
  [{ expires_in: 0 }, 60],
  [{ expires_in: -1 }, 60],
  [{ expires_in: 1e12 }, 3600],
  [{ expires_in: '300' }, 300],
  [{ expires_in: undefined }, 60],
  [{ expires_in: null }, 60],
  [{ expires_in: {} }, 60],
  [{ expires_in: 300, issued_at: '2999-01-01T00:00:00Z' }, 300],
  [{ expires_in: 300, issued_at: '1999-01-01T00:00:00Z' }, 300],
];

export interface OddLifetime extends Misdeed {
  /** Seconds for which a client may use the token. */
  readonly believed: number;
}

export const oddLifetimes: readonly OddLifetime[] = lifetimes.map(([fields, believed]) => ({
  ...misdeed(48, `a token with ${JSON.stringify(fields)}`, async () =>
    serveTokens((_request, reply) => {
      reply.send(tokenAnswer(fields));
    }),
  ),
  believed,
}));
