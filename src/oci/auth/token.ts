/** Asking a token server (distribution, token authentication specification; OAuth 2 for identity tokens). */
import { RateLimitedError } from '../errors/answers.ts';
import { TokenError } from '../errors/auth.ts';
import { LimitError } from '../errors/network.ts';
import { parseJson } from '../content/json.ts';
import type { RawResponse } from '../net/request.ts';
import type { Credential } from './credential.ts';

export interface TokenQuery {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credential: Credential;
  readonly oauthPost: 'prefer' | 'never' | 'identity-only';
  readonly clientId: string;
}

export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Token {
  readonly value: string;
  readonly expiresInSeconds: number;
}

/** Shorter ones are the specification's minimum, longer ones are not believed. */
const minSeconds = 60;
const maxSeconds = 60 * 60;
const maxTokenLength = 16 * 1024;
const visibleAscii = /^[\x21-\x7e]+$/u;

/** Statuses by which token servers say that they do not know POST (GCR, Artifactory, ACR, others). */
const noPost: ReadonlySet<number> = new Set([400, 401, 404, 405]);

/**
 * Gets a token.
 * @throws {TokenError} when the server refuses or answers with something else
 * @throws {RateLimitedError} when it asks for a pause
 */
export async function fetchToken(
  query: TokenQuery,
  ask: (request: TokenRequest) => Promise<RawResponse>,
): Promise<Token> {
  const { credential, oauthPost } = query;
  const isIdentity = credential.kind === 'identity';
  const isPost =
    oauthPost !== 'never' &&
    (isIdentity || (oauthPost === 'prefer' && credential.kind === 'basic'));
  if (isPost) {
    const response = await ask(postRequest(query));
    if (!noPost.has(response.status)) return readToken(response, query);
  }
  return readToken(await ask(getRequest(query)), query);
}

function getRequest({ realm, service, scopes, credential }: TokenQuery): TokenRequest {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credential.kind === 'basic') url.searchParams.set('account', credential.username);
  const authorization = basicAuthorization(credential);
  return {
    method: 'GET',
    url,
    headers: authorization === undefined ? {} : { authorization },
  };
}

function postRequest({ realm, service, scopes, credential, clientId }: TokenQuery): TokenRequest {
  const form = new URLSearchParams();
  if (credential.kind === 'identity') {
    form.set('grant_type', 'refresh_token');
    form.set('service', service ?? '');
    form.set('client_id', clientId);
    form.set('scope', scopes.join(' '));
    form.set('refresh_token', credential.refreshToken);
  } else if (credential.kind === 'basic') {
    form.set('grant_type', 'password');
    form.set('service', service ?? '');
    form.set('client_id', clientId);
    form.set('scope', scopes.join(' '));
    form.set('username', credential.username);
    form.set('password', credential.password);
  }
  return {
    method: 'POST',
    url: new URL(realm),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  };
}

/** `Basic …` of a credential that has a name; identity tokens go as the password of the user `<token>`. */
export function basicAuthorization(credential: Credential): string | undefined {
  if (credential.kind === 'basic')
    return `Basic ${base64(`${credential.username}:${credential.password}`)}`;
  if (credential.kind === 'identity')
    return `Basic ${base64(`${credential.username ?? '<token>'}:${credential.refreshToken}`)}`;
  return undefined;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function readToken({ status, headers, body }: RawResponse, query: TokenQuery): Token {
  const context = { host: query.realm.host };
  if (status !== 200) {
    const credentialsRejected =
      query.credential.kind !== 'anonymous' && (status === 401 || status === 403 || status === 400);
    throw new TokenError(
      `the token server answered ${status}`,
      { status, credentialsRejected },
      context,
    );
  }
  if (/html/iu.test(headers['content-type'] ?? ''))
    throw new TokenError('the token server answered with a web page', { status }, context);
  const document = jsonObject(body, context);
  const value = document['token'] ?? document['access_token'];
  if (typeof value !== 'string' || value === '')
    throw new TokenError('the answer of the token server holds no token', { status }, context);
  if (value.length > maxTokenLength || !visibleAscii.test(value))
    throw new TokenError('the token is not one', { status }, context);
  return { value, expiresInSeconds: lifetime(document['expires_in']) };
}

function jsonObject(
  body: Uint8Array,
  context: { host: string },
): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(body, { maxDepth: 16 });
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    if (error instanceof LimitError || error instanceof RateLimitedError) throw error;
  }
  throw new TokenError('the answer of the token server is not JSON', { status: 200 }, context);
}

function lifetime(expiresIn: unknown): number {
  const seconds = typeof expiresIn === 'number' ? expiresIn : Number(expiresIn ?? NaN);
  if (!Number.isFinite(seconds)) return minSeconds;
  return Math.min(maxSeconds, Math.max(minSeconds, seconds));
}
