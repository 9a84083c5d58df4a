import { failure } from '#src/meta/status.ts';

import type { ApiRequest, WholeResponse } from '../http/messages.ts';
import { jsonResponse } from '../http/messages.ts';
import { findClient, redirectOf } from './clients.ts';
import type { Grant, Grants } from './grants.ts';
import type { Login } from './login.ts';
import { codeChallengeOf } from './pkce.ts';
import { oauthError, unstored } from './responses.ts';

/** The one thing that can be granted: everything that the user may do. */
export const fullScope = 'user:full';

/** Clients that send it know what a challenge is; browsers do not send it, and are not asked for a password. */
const csrfHeader = 'x-csrf-token';

interface Asked {
  readonly clientName: string;
  readonly redirectUri: string;
  readonly responseType: string;
  readonly state: string | null;
}

/** `GET /oauth/authorize`: a code or a token for whoever shows a password (RFC 6749 4.1.1, 4.2.1, OpenShift's challenge flow). */
export async function authorize(
  request: ApiRequest,
  baseUrl: string,
  { grants, login }: { readonly grants: Grants; readonly login: Login },
): Promise<WholeResponse> {
  const asked = askedOf(request.query, baseUrl);
  if ('status' in asked) return asked;
  const mistake = mistakeOf(asked, request.query);
  if (mistake !== undefined) return redirected(asked, mistake);
  const account = await login(request);
  if (account === undefined) return challenge(request);
  const { clientName, redirectUri, responseType } = asked;
  const grant: Grant = { clientName, redirectUri, account };
  if (responseType === 'token') {
    const { token, expiresInSeconds } = await grants.issueToken(grant);
    // OpenShift's own library takes what stands before the first "&" for the token.
    return redirected(asked, {
      access_token: token,
      expires_in: String(expiresInSeconds),
      scope: fullScope,
      token_type: 'Bearer',
    });
  }
  const promise = codeChallengeOf(request.query);
  if (promise === undefined) throw new Error('a code is only given for a challenge');
  return redirected(asked, { code: await grants.issueCode(grant, promise) });
}

/** What is asked; an answer in itself when it is not certain where answers may be sent. */
function askedOf(query: URLSearchParams, baseUrl: string): Asked | WholeResponse {
  if (new Set(query.keys()).size !== [...query.keys()].length)
    return oauthError(400, 'invalid_request', 'a parameter stands more than once');
  const client = findClient(query.get('client_id') ?? '');
  if (client === undefined)
    return oauthError(400, 'unauthorized_client', 'client_id is not the name of a known client');
  const redirectUri = redirectOf(client, baseUrl, query.get('redirect_uri') ?? '');
  if (redirectUri === undefined)
    return oauthError(400, 'invalid_request', 'redirect_uri is not one of the client');
  return {
    clientName: client.name,
    redirectUri,
    responseType: query.get('response_type') ?? '',
    state: query.get('state'),
  };
}

/** The error that the client is sent back with (RFC 6749 4.1.2.1). */
function mistakeOf(
  { responseType }: Asked,
  query: URLSearchParams,
): Readonly<Record<string, string>> | undefined {
  if (responseType !== 'code' && responseType !== 'token')
    return problem('unsupported_response_type', 'response_type must be code or token');
  if (![null, '', fullScope].includes(query.get('scope')))
    return problem('invalid_scope', `the only scope is ${fullScope}`);
  if (responseType === 'code' && codeChallengeOf(query) === undefined)
    return problem(
      'invalid_request',
      'code_challenge must be given, with code_challenge_method S256 or plain',
    );
  return undefined;
}

function problem(error: string, description: string): Readonly<Record<string, string>> {
  return { error, error_description: description };
}

/** Codes and errors go into the query, tokens and errors about them into the fragment, which is sent to no server. */
function redirected(
  { redirectUri, responseType, state }: Asked,
  answer: Readonly<Record<string, string>>,
): WholeResponse {
  const parameters = new URLSearchParams(answer);
  if (state !== null) parameters.set('state', state);
  const mark = responseType === 'token' ? '#' : '?';
  // As Go writes it: there are clients that take a token as it stands here.
  const text = parameters.toString().replaceAll('%7E', '~');
  const location = `${redirectUri}${mark}${text}`;
  return { status: 302, headers: { ...unstored, location }, body: '' };
}

function challenge({ headers }: ApiRequest): WholeResponse {
  const status = failure(401, 'Unauthorized', 'Unauthorized');
  const knows = (headers[csrfHeader] ?? '') !== '';
  const text = `A non-empty X-CSRF-Token header is required to receive basic-auth challenges`;
  return jsonResponse(401, status, {
    ...unstored,
    ...(knows
      ? { 'www-authenticate': 'Basic realm="sluice"' }
      : { warning: `199 Origin "${text}"` }),
  });
}
