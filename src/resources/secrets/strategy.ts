import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import { forbiddenField, invalid, required, type FieldError } from '#src/meta/field-error.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

import { dataKeyErrors, decodedBytes, maxDataBytes, sameData } from '../data-keys.ts';
import { dockerCfgType, dockerConfigJsonType, type Secret } from './types.ts';
import { pullSecretWarnings } from './warnings.ts';

/** The rules of core/v1 Secrets. */
export const secretStrategy: Strategy<Secret> = {
  namespaced: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: prepared,
  validateCreate: validateSecret,
  prepareForUpdate: (next, current) =>
    prepared({ ...next, type: next.type || current.type || 'Opaque' }),
  validateUpdate: (next, current) => [
    ...typeErrors(next, current),
    ...immutableErrors(next, current),
    ...validateSecret(next),
  ],
  warnings: pullSecretWarnings,
  selectableFields: { type: (secret) => secret.type ?? '' },
};

/** What each type must hold; a list of keys is "at least one of them". */
const requiredKeys: Readonly<Record<string, readonly (readonly string[])[]>> = {
  [dockerConfigJsonType]: [['.dockerconfigjson']],
  [dockerCfgType]: [['.dockercfg']],
  'kubernetes.io/basic-auth': [['username', 'password']],
  'kubernetes.io/ssh-auth': [['ssh-privatekey']],
  'kubernetes.io/tls': [['tls.crt'], ['tls.key']],
};

/** Keys that hold JSON documents. */
const jsonKeys: Readonly<Record<string, string>> = {
  [dockerConfigJsonType]: '.dockerconfigjson',
  [dockerCfgType]: '.dockercfg',
};

function prepared(secret: Secret): Secret {
  const { stringData, data, immutable, type, ...rest } = secret;
  assertBase64(data ?? {});
  const texts = Object.entries(stringData ?? {}).map(([key, text]) => [
    key,
    Buffer.from(text, 'utf8').toString('base64'),
  ]);
  const merged: Record<string, string> = { ...data, ...Object.fromEntries(texts) };
  return {
    ...rest,
    ...(Object.keys(merged).length === 0 ? {} : { data: merged }),
    ...(immutable === undefined ? {} : { immutable }),
    type: type === undefined || type === '' ? 'Opaque' : type,
  };
}

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @throws {StatusError} 400 when a value is not base64, which is a fault of the document and not of a field */
function assertBase64(data: Readonly<Record<string, string>>): void {
  for (const value of Object.values(data)) {
    if (typeof value === 'string' && base64Pattern.test(value.replaceAll(/[\r\n]/g, ''))) continue;
    const at = typeof value === 'string' ? firstBadByte(value) : 0;
    throw new StatusError(
      badRequest(
        `Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte ${at}`,
      ),
    );
  }
}

function firstBadByte(value: string): number {
  const at = value.search(/[^A-Za-z0-9+/\r\n]/);
  return at < 0 ? value.length - (value.length % 4) : at;
}

function validateSecret(secret: Secret): FieldError[] {
  const data = secret.data ?? {};
  const errors = dataKeyErrors('data', data);
  if (decodedBytes(data) > maxDataBytes)
    errors.push({
      type: 'FieldValueTooLong',
      field: 'data',
      detail: `must have at most ${maxDataBytes} bytes`,
    });
  const type = secret.type ?? '';
  for (const keys of requiredKeys[type] ?? [])
    if (!keys.some((key) => Object.hasOwn(data, key)))
      errors.push(...keys.map((key) => required(`data[${key}]`)));
  return [...errors, ...documentErrors(type, data), ...accountErrors(secret)];
}

function documentErrors(type: string, data: Readonly<Record<string, string>>): FieldError[] {
  const key = jsonKeys[type];
  const value = key === undefined ? undefined : data[key];
  if (key === undefined || value === undefined) return [];
  const problem = documentProblem(Buffer.from(value, 'base64').toString('utf8'));
  if (problem === undefined) return [];
  return [invalid(`data[${key}]`, '<secret contents redacted>', problem)];
}

/** Why a text is no JSON object; never a part of the text, which is confidential. */
function documentProblem(text: string): string | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const isObject = typeof document === 'object' && document !== null && !Array.isArray(document);
    return isObject ? undefined : 'must be a JSON object';
  } catch {
    return 'must be valid JSON';
  }
}

function accountErrors(secret: Secret): FieldError[] {
  if (secret.type !== 'kubernetes.io/service-account-token') return [];
  const name = secret.metadata.annotations?.['kubernetes.io/service-account.name'] ?? '';
  return name === '' ? [required('metadata.annotations[kubernetes.io/service-account.name]')] : [];
}

function typeErrors(next: Secret, current: Secret): FieldError[] {
  return next.type === current.type ? [] : [invalid('type', next.type, 'field is immutable')];
}

function immutableErrors(next: Secret, current: Secret): FieldError[] {
  if (current.immutable !== true) return [];
  const detail = 'field is immutable when `immutable` is set';
  return [
    ...(next.immutable === true ? [] : [forbiddenField('immutable', detail)]),
    ...(sameData(next.data, current.data) ? [] : [forbiddenField('data', detail)]),
  ];
}
