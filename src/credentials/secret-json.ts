import { decodeBase64 } from './auth-entry.ts';
import type { SecretDocument } from './secret-source.ts';

/** A JSON object of a secret, or why there is none. */
export type SecretJson =
  | { readonly fields: Readonly<Record<string, unknown>> }
  | { readonly problem: string };

/** Reads the JSON object under `key` of a secret. Parser messages are not passed on: they quote the text. */
export function readSecretJson(secret: SecretDocument, key: string): SecretJson {
  const encoded = secret.data[key];
  if (encoded === undefined) return { problem: 'the secret has no such key' };
  const text = decodeBase64(encoded);
  if (text === undefined) return { problem: 'the value is not base64' };
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? { fields: parsed } : { problem: 'the value is not a JSON object' };
  } catch {
    return { problem: 'the value is not JSON' };
  }
}

/** True for a JSON object, which an array is not. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
