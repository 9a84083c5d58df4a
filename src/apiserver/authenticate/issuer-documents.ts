import { methodNotAllowed, StatusError } from '#src/meta/status.ts';

import { jsonResponse } from '../http/messages.ts';
import type { PathHandler } from '../http/pipeline.ts';
import { baseUrlOf } from '../oauth/handler.ts';
import { signingAlgorithm, type SigningKeys } from './service-account-tokens.ts';

const keysPath = '/openid/v1/jwks';

/**
 * What others need to check tokens of service accounts without asking (`system:service-account-issuer-discovery` of
 * Kubernetes): the description of the issuer and its public keys.
 */
export function issuerDocuments(
  issuer: string,
  keys: SigningKeys,
  publicUrl?: string,
): PathHandler {
  return async (request) => {
    const { path, method } = request;
    const isConfiguration = path === '/.well-known/openid-configuration';
    if (!isConfiguration && path !== keysPath) return undefined;
    if (method !== 'GET') throw new StatusError(methodNotAllowed());
    const headers = { 'cache-control': 'public, max-age=3600' };
    if (isConfiguration)
      return jsonResponse(
        200,
        {
          issuer,
          jwks_uri: `${baseUrlOf(request, publicUrl)}${keysPath}`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: [signingAlgorithm],
        },
        headers,
      );
    const all = await keys.all();
    return jsonResponse(
      200,
      {
        keys: all.map(({ kid, publicJwk }) => ({
          use: 'sig',
          alg: signingAlgorithm,
          ...publicJwk,
          kid,
        })),
      },
      { ...headers, 'content-type': 'application/jwk-set+json' },
    );
  };
}
