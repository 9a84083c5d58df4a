import { pullScope, serveTokens, tokenAnswer } from './auth.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed } from './serve.ts';
import type { Handler } from './server.ts';

const giveToken: Handler = (_request, reply) => {
  reply.send(tokenAnswer());
};

/** Would add parameters to the token request if it were not encoded. */
export const oddService = 'a&scope=repository:other/secret:pull&x=#fragment?y=%0d%0a+z';

export const oddServiceValue = misdeed(47, 'a service with & and # in it', async () =>
  serveTokens(giveToken, { service: oddService }),
);

const scopes: readonly (readonly [string, string])[] = [
  ['of another repository', 'repository:other/secret:pull'],
  ['for everything', `${pullScope},push,delete,*`],
  ['of the catalog', 'registry:catalog:*'],
  ['with & in it', `${pullScope}&account=root`],
  ['that is none', ':::'],
];

/** Scopes that a client must not carry to the token server for its registry. */
export const oddScopes: readonly Misdeed[] = scopes.map(([what, scope]) =>
  misdeed(47, `a scope ${what}`, async () => serveTokens(giveToken, { scope })),
);
