import { bearer, isToken, ownRealm, pullScope, tokenAnswer, unauthorized } from './auth.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** Wants Bearer from whom shows Basic, and Basic from whom shows Bearer. */
export const pingPong = misdeed(40, '401 that changes between Basic and Bearer', async () =>
  startHostile((request, reply, server) => {
    if (isToken(request)) {
      reply.send(tokenAnswer());
      return;
    }
    const isBearer = request.headers['authorization']?.startsWith('Bearer ') === true;
    const params = { realm: ownRealm(server), service: 'registry.test', scope: pullScope };
    reply.send(unauthorized(isBearer ? 'Basic realm="registry.test"' : bearer(params)));
  }),
);

/** Another token server with each answer. */
export const wanderingRealm = misdeed(40, '401 that names another realm each time', async () =>
  startHostile((request, reply, server) => {
    if (isToken(request)) {
      reply.send(tokenAnswer({ token: `token-${request.number}` }));
      return;
    }
    const realm = `${ownRealm(server)}/${request.number}`;
    reply.send(unauthorized(bearer({ realm, service: 'registry.test', scope: pullScope })));
  }),
);
