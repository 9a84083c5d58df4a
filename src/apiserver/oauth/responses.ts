import { jsonResponse, type WholeResponse } from '../http/messages.ts';

/** Headers of answers that hold a code or a token, or tell where one went. */
export const unstored = {
  'cache-control': 'no-store',
  pragma: 'no-cache',
  'referrer-policy': 'no-referrer',
} as const;

/** A failure as OAuth clients expect it (RFC 6749 5.2). */
export function oauthError(status: number, error: string, description: string): WholeResponse {
  return jsonResponse(status, { error, error_description: description }, unstored);
}
