import { bearer, isToken, ownRealm, pullScope, tokenAnswer, unauthorized } from './auth.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** What the registry says of tokens that its own server has just given. */
const errors: readonly (string | undefined)[] = [undefined, 'invalid_token', 'insufficient_scope'];

export const neverSatisfied: readonly Misdeed[] = errors.map((error) =>
  misdeed(39, `401 for ever, error=${error ?? '(none)'}`, async () =>
    startHostile((request, reply, server) => {
      if (isToken(request)) {
        reply.send(tokenAnswer({ token: `token-${request.number}` }));
        return;
      }
      const params = { realm: ownRealm(server), service: 'registry.test', scope: pullScope };
      reply.send(unauthorized(bearer({ ...params, ...(error !== undefined && { error }) })));
    }),
  ),
);

/** Wants a wider scope each time. */
export const neverWideEnough = misdeed(
  39,
  '401 that asks for one action more each time',
  async () =>
    startHostile((request, reply, server) => {
      if (isToken(request)) {
        reply.send(tokenAnswer({ token: `token-${request.number}` }));
        return;
      }
      const scope = `${pullScope},action${request.number}`;
      const params = { realm: ownRealm(server), service: 'registry.test', scope };
      reply.send(unauthorized(bearer({ ...params, error: 'insufficient_scope' })));
    }),
);
