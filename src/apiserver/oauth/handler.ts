import { badRequest, methodNotAllowed, StatusError } from '#src/meta/status.ts';

import type { ApiRequest, ApiResponse } from '../http/messages.ts';
import { jsonResponse, textResponse } from '../http/messages.ts';
import type { PathHandler } from '../http/pipeline.ts';
import { authorize, fullScope } from './authorize.ts';
import { implicitPath } from './clients.ts';
import type { Grants } from './grants.ts';
import type { Login } from './login.ts';
import { exchange } from './token.ts';

export interface OAuthOptions {
  readonly grants: Grants;
  readonly login: Login;
  /** `https://host:port` under which clients reach this server; from the Host of each request when absent. */
  readonly publicUrl?: string;
}

type Endpoint = (request: ApiRequest, baseUrl: string) => ApiResponse | Promise<ApiResponse>;

/**
 * The OAuth 2 server that `oc login -u` and OpenShift's client libraries log in to (RFC 6749, 7636, 8414). It asks for
 * no permission: whoever comes here has none yet.
 */
export function oauthHandler(options: OAuthOptions): PathHandler {
  const endpoints: Readonly<Record<string, { readonly method: string; readonly serve: Endpoint }>> =
    {
      '/.well-known/oauth-authorization-server': {
        method: 'GET',
        serve: (_request, baseUrl) => jsonResponse(200, metadata(baseUrl)),
      },
      '/oauth/authorize': {
        method: 'GET',
        serve: (request, baseUrl) => authorize(request, baseUrl, options),
      },
      '/oauth/token': { method: 'POST', serve: (request) => exchange(request, options.grants) },
      [implicitPath]: {
        method: 'GET',
        serve: () => textResponse(200, 'You are logged in. This page can be closed.\n'),
      },
    };
  return async (request) => {
    const endpoint = Object.hasOwn(endpoints, request.path) ? endpoints[request.path] : undefined;
    if (endpoint === undefined) return undefined;
    if (request.method !== endpoint.method) throw new StatusError(methodNotAllowed());
    return endpoint.serve(request, baseUrlOf(request, options.publicUrl));
  };
}

/** RFC 8414, in the fields that OpenShift has. */
function metadata(issuer: string): unknown {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    scopes_supported: [fullScope],
    response_types_supported: ['code', 'token'],
    grant_types_supported: ['authorization_code', 'implicit'],
    code_challenge_methods_supported: ['plain', 'S256'],
  };
}

/** A name or address with an optional port, and nothing that could end it within a URL. */
const hostGrammar = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/**
 * The address that a client reached this server by.
 * @throws {StatusError} 400 when its Host is no host
 */
export function baseUrlOf({ headers }: ApiRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl;
  const host = headers.host ?? '';
  if (!hostGrammar.test(host))
    throw new StatusError(badRequest('the Host header is not HOST or HOST:PORT'));
  return `https://${host}`;
}
