import {
  bearer,
  hasToken,
  isToken,
  ownRealm,
  pullScope,
  tokenAnswer,
  unauthorized,
} from './auth.ts';
import { answerFrom, errorAnswer, goodShelf } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** How registries hide what is private from those who may not see it. */
const denials = [
  ['403', errorAnswer(403, 'DENIED', 'requested access to the resource is denied')],
  ['404', errorAnswer(404, 'NAME_UNKNOWN', 'repository name not known to registry')],
] as const;

/** Only `GET /v2/` tells that there is a way to authenticate; tokens are for who has credentials. */
export const hiddenPrivate: readonly Misdeed[] = denials.map(([status, denial]) =>
  misdeed(41, `${status} instead of 401 for a private repository`, async () =>
    startHostile((request, reply, server) => {
      if (isToken(request)) {
        const known = request.headers['authorization'] !== undefined;
        reply.send(tokenAnswer(known ? {} : { token: 'anonymous-token' }));
      } else if (hasToken(request)) {
        reply.send(answerFrom(goodShelf, request));
      } else if (request.path === '/v2/') {
        const params = { realm: ownRealm(server), service: 'registry.test', scope: pullScope };
        reply.send(unauthorized(bearer(params)));
      } else {
        reply.send(denial);
      }
    }),
  ),
);
