import type { RawResponse } from '../net/request.ts';
import type { Credential } from './credential.ts';

/** Shorter ones stand in too many texts by chance. */
const minLength = 4;
const shown = '[hidden]';

/**
 * An error answer without the credential that it answers: some registries and proxies repeat what they were sent, and their
 * words end up where people read them who may not see the credential.
 * @param authorization the header that was sent
 */
export function withoutEcho(
  response: RawResponse,
  credential: Credential,
  authorization: string | undefined,
): RawResponse {
  if (response.status < 400 || response.body.length === 0) return response;
  const [, value = ''] = (authorization ?? '').split(' ');
  const secrets = [value, ...secretsOf(credential)].filter(({ length }) => length >= minLength);
  const text = Buffer.from(response.body).toString('latin1');
  const clean = secrets.flatMap(formsOf).reduce((rest, form) => rest.replaceAll(form, shown), text);
  return clean === text ? response : { ...response, body: Buffer.from(clean, 'latin1') };
}

function secretsOf(credential: Credential): readonly string[] {
  switch (credential.kind) {
    case 'basic':
      return [credential.password];
    case 'identity':
      return [credential.refreshToken];
    case 'bearer':
      return [credential.token];
    case 'anonymous':
      break;
  }
  return [];
}

/** As it is, in JSON, in a URL and in base64; bytes as Latin-1, for the body is searched as such. */
function formsOf(secret: string): readonly string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    Buffer.from(secret).toString('base64').replace(/=+$/u, ''),
  ].map((form) => Buffer.from(form).toString('latin1'));
}
