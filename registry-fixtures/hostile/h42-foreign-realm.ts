import { foreignAddress, serveTokens, tokenAnswer } from './auth.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** The token server is the attacker's; what it gives to anonymous clients opens nothing. */
export const foreignRealm = misdeed(42, 'a realm on a host of somebody else', async () => {
  const attacker = await startHostile(
    (_request, reply) => {
      reply.send(tokenAnswer({ token: 'worthless-token' }));
    },
    { address: foreignAddress },
  );
  return serveTokens(
    () => undefined,
    { realm: () => `${attacker.url}/token` },
    { accomplice: attacker },
  );
});

/** As Harbor behind another name: the token server is good, and nobody has been told. */
export const foreignRealmForAnyone = misdeed(
  42,
  'a realm elsewhere that serves anonymous clients',
  async () => {
    const elsewhere = await startHostile(
      (_request, reply) => {
        reply.send(tokenAnswer());
      },
      { address: foreignAddress },
    );
    return serveTokens(
      () => undefined,
      { realm: () => `${elsewhere.url}/token` },
      { accomplice: elsewhere },
    );
  },
);
