import { createHash, randomBytes } from 'node:crypto';
import type { ApiClient } from '../client.ts';
import { CliError, ConnectionError } from '../errors.ts';

const clientId = 'openshift-challenging-client';

/**
 * The access token for a user's name and password, by the challenge flow of OpenShift with PKCE. The password goes to
 * the server that the user named, and nowhere else.
 * @throws {ConnectionError} in oc's words when they are wrong
 */
export async function requestToken(
  api: ApiClient,
  username: string,
  password: string,
): Promise<string> {
  const { issuer } = await api.request<{ readonly issuer?: string }>({
    method: 'GET',
    path: '/.well-known/oauth-authorization-server',
  });
  const redirectUri = `${issuer ?? api.connection.server}/oauth/token/implicit`;
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const answer = await api.answer({
    method: 'GET',
    path: `/oauth/authorize?${query.toString()}`,
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      'x-csrf-token': '1',
    },
  });
  const code = codeOf(answer);
  const { access_token: token } = await api.request<{ readonly access_token?: string }>({
    method: 'POST',
    path: '/oauth/token',
    contentType: 'application/x-www-form-urlencoded',
    text: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }).toString(),
  });
  if (token === undefined || token === '') throw new CliError('the server gave no token');
  return token;
}

function codeOf({ status, location, text }: Awaited<ReturnType<ApiClient['answer']>>): string {
  if (status === 401)
    throw new ConnectionError(
      'Login failed (401 Unauthorized)',
      'Verify you have provided the correct credentials.',
    );
  if (status === 429)
    throw new CliError('too many failed logins; wait a minute before you try again');
  const parameters = new URLSearchParams(location.split('?')[1] ?? '');
  const code = parameters.get('code');
  if (status === 302 && code !== null) return code;
  const reason = parameters.get('error_description') ?? text.slice(0, 200).trim();
  throw new CliError(`the server refused the login (${status}): ${reason}`);
}

/** The name under which the server keeps a token that came from a login; `undefined` for another token. */
export function accessTokenName(token: string): string | undefined {
  if (!token.startsWith('sha256~')) return undefined;
  const hash = createHash('sha256').update(token.slice('sha256~'.length)).digest('base64url');
  return `sha256~${hash}`;
}
