import { jsonResponse, type ApiRequest, type WholeResponse } from '../http/messages.ts';
import { fullScope } from './authorize.ts';
import { findClient } from './clients.ts';
import type { Grants } from './grants.ts';
import { basicCredentials } from './login.ts';
import { oauthError, unstored } from './responses.ts';

/** `POST /oauth/token`: the access token for a code (RFC 6749 4.1.3). */
export async function exchange(request: ApiRequest, grants: Grants): Promise<WholeResponse> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type))
    return oauthError(400, 'invalid_request', 'the body must be a form');
  const form = new URLSearchParams(request.body.toString('utf8'));
  if (new Set(form.keys()).size !== [...form.keys()].length)
    return oauthError(400, 'invalid_request', 'a parameter stands more than once');
  if (form.get('grant_type') !== 'authorization_code')
    return oauthError(400, 'unsupported_grant_type', 'grant_type must be authorization_code');
  const client = findClient(clientName(request, form));
  if (client === undefined)
    return oauthError(400, 'unauthorized_client', 'client_id is not the name of a known client');
  const issued = await grants.redeem({
    code: form.get('code') ?? '',
    clientName: client.name,
    redirectUri: form.get('redirect_uri') ?? '',
    verifier: form.get('code_verifier') ?? '',
  });
  if (issued === undefined)
    return oauthError(400, 'invalid_grant', 'the code is not good for this request');
  return jsonResponse(
    200,
    {
      access_token: issued.token,
      expires_in: issued.expiresInSeconds,
      scope: fullScope,
      token_type: 'Bearer',
    },
    unstored,
  );
}

/** Clients without a secret name themselves in Basic credentials or in the form. */
function clientName({ headers }: ApiRequest, form: URLSearchParams): string {
  return basicCredentials(headers.authorization)?.username ?? form.get('client_id') ?? '';
}
