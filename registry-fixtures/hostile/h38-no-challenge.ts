import { unauthorized } from './auth.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

const challenges: readonly (readonly [string, string | undefined])[] = [
  ['no WWW-Authenticate', undefined],
  ['an empty WWW-Authenticate', ''],
  ['schemes that nobody speaks', 'Negotiate, NTLM'],
];

/** 401 and no way to do better. */
export const noChallenges: readonly Misdeed[] = challenges.map(([what, challenge]) =>
  misdeed(38, `401 with ${what}`, async () =>
    startHostile((_request, reply) => {
      reply.send(unauthorized(challenge));
    }),
  ),
);

/** A challenge that cannot be read, and one that names no realm. */
export const brokenChallenges: readonly Misdeed[] = [
  'Bearer realm="unterminated',
  'Bearer service="registry.test"',
  'Bearer realm=""',
  '=?!',
].map((challenge) =>
  misdeed(38, `401 with the challenge ${challenge}`, async () =>
    startHostile((_request, reply) => {
      reply.send(unauthorized(challenge));
    }),
  ),
);
