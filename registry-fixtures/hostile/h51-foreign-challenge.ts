import { bearer, foreignAddress, pullScope, tokenAnswer, unauthorized } from './auth.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** The storage asks for credentials itself, and has a token server for them (CVE-2020-15157). */
export const foreignChallenge = misdeed(
  51,
  'a redirect to a host that answers 401 with a realm',
  async () => {
    const storage = await startHostile(
      (request, reply, server) => {
        const params = { realm: `${server.url}/token`, service: 'x', scope: pullScope };
        reply.send(
          request.path.startsWith('/token') ? tokenAnswer() : unauthorized(bearer(params)),
        );
      },
      { address: foreignAddress },
    );
    return misbehaveOnManifests(
      (request, reply) => {
        reply.send({ status: 307, headers: { Location: `${storage.url}${request.path}` } });
      },
      { accomplice: storage },
    );
  },
);
