/** The login of `oc login -u` and of OpenShift's client libraries, step by step, as raw requests. */
import { createHash, randomBytes } from 'node:crypto';

import type { ApiAnswer, ApiClient } from './api-client.ts';

export const challengingClient = 'openshift-challenging-client';

/** A PKCE pair (RFC 7636). */
export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export function newPkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Makes a user with a password, and what groups it is in. */
export async function createUser(
  admin: ApiClient,
  name: string,
  password: string,
): Promise<{ readonly uid: string }> {
  const user = await admin.post('/apis/user.openshift.io/v1/users', { metadata: { name } });
  if (user.status !== 201) throw new Error(`no user: ${JSON.stringify(user.body)}`);
  const set = await admin.post(`/apis/user.openshift.io/v1/users/${name}/password`, { password });
  if (set.status !== 201) throw new Error(`no password: ${JSON.stringify(set.body)}`);
  return { uid: user.body.metadata.uid };
}

export interface AuthorizeOptions {
  readonly authorization?: string;
  readonly csrf?: boolean;
  /** Parameters besides and instead of the usual ones; null leaves one out. */
  readonly query?: Readonly<Record<string, string | null>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for a code, as oc does. */
export async function authorize(
  api: ApiClient,
  url: string,
  options: AuthorizeOptions = {},
): Promise<ApiAnswer> {
  const query = {
    client_id: challengingClient,
    response_type: 'code',
    redirect_uri: `${url}/oauth/token/implicit`,
    ...options.query,
  };
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== null);
  return api.get(`/oauth/authorize?${new URLSearchParams(given).toString()}`, {
    token: '',
    headers: {
      ...(options.authorization === undefined ? {} : { authorization: options.authorization }),
      ...(options.csrf === false ? {} : { 'x-csrf-token': '1' }),
      ...options.headers,
    },
  });
}

/** The parameters of the address that an answer sends to. */
export function redirectParameters(answer: ApiAnswer): URLSearchParams {
  const location = String(answer.headers['location'] ?? '');
  const url = new URL(location);
  return new URLSearchParams(url.hash === '' ? url.search : url.hash.slice(1));
}

/** Redeems a code. */
export async function redeem(
  api: ApiClient,
  form: Readonly<Record<string, string>>,
): Promise<ApiAnswer> {
  return api.form('/oauth/token', {
    grant_type: 'authorization_code',
    client_id: challengingClient,
    ...form,
  });
}

/** An access token for a name and a password. */
export async function login(
  api: ApiClient,
  url: string,
  username: string,
  password: string,
): Promise<string> {
  const { verifier, challenge } = newPkce();
  const answer = await authorize(api, url, {
    authorization: basic(username, password),
    query: { code_challenge: challenge, code_challenge_method: 'S256' },
  });
  const code = redirectParameters(answer).get('code') ?? '';
  const redirect_uri = `${url}/oauth/token/implicit`;
  const token = await redeem(api, { code, redirect_uri, code_verifier: verifier });
  if (token.status !== 200) throw new Error(`no token: ${JSON.stringify(token.body)}`);
  return token.body.access_token;
}
