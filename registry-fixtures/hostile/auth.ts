/** Registries that want tokens, for the misdeeds around them. */
import { answerFrom, errorAnswer, goodShelf, repository } from './content.ts';
import type { HostileRequest, HostileServer } from './misdeed.ts';
import type { Answer } from './reply.ts';
import { startHostile, type Handler, type HostileOptions } from './server.ts';

/** An IPv4 address of this machine that is another host to every rule that compares names. */
export const foreignAddress = '127.0.0.2';

export const pullScope = `repository:${repository}:pull`;

/** A token that the registries here accept. */
export const goodToken = 'good-token';

/** A bearer challenge; values are quoted as they are. */
export function bearer(params: Readonly<Record<string, string>>): string {
  const list = Object.entries(params).map(([name, value]) => `${name}="${value}"`);
  return `Bearer ${list.join(',')}`;
}

/** 401 with a challenge, or without. */
export function unauthorized(challenge?: string | readonly string[]): Answer {
  const answer = errorAnswer(401, 'UNAUTHORIZED', 'authentication required');
  return challenge === undefined
    ? answer
    : { ...answer, headers: { ...answer.headers, 'WWW-Authenticate': challenge } };
}

/** A token as token servers give it. */
export function tokenAnswer(fields: Readonly<Record<string, unknown>> = {}): Answer {
  return {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token: goodToken, expires_in: 300, ...fields }),
  };
}

/** True for a request with the good token. */
export function hasToken({ headers }: HostileRequest): boolean {
  return headers['authorization'] === `Bearer ${goodToken}`;
}

/** True for a request at the path of the token server. */
export function isToken({ path }: HostileRequest): boolean {
  return path.startsWith('/token');
}

/** What the challenge of a registry is made of. */
export interface ChallengeSetting {
  /** Default: `/token` of the registry itself. */
  readonly realm?: (server: HostileServer) => string;
  readonly service?: string;
  readonly scope?: string;
}

/** A registry that wants a token, and its token server, which misbehaves. */
export async function serveTokens(
  tokens: Handler,
  { realm = ownRealm, service = 'registry.test', scope = pullScope }: ChallengeSetting = {},
  options: HostileOptions = {},
): Promise<HostileServer> {
  return startHostile((request, reply, server) => {
    if (isToken(request)) return tokens(request, reply, server);
    reply.send(
      hasToken(request)
        ? answerFrom(goodShelf, request)
        : unauthorized(bearer({ realm: realm(server), service, scope })),
    );
  }, options);
}

/** The registry's own token server. */
export function ownRealm(server: HostileServer): string {
  return `${server.url}/token`;
}
