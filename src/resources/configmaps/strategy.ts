import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import { forbiddenField, invalid, type FieldError } from '#src/meta/field-error.ts';
import type { KubeObject } from '#src/meta/object.ts';

import { dataKeyErrors, decodedBytes, maxDataBytes, sameData } from '../data-keys.ts';

/** core/v1 ConfigMap. */
export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
  /** Base64 values. */
  binaryData?: Record<string, string>;
  immutable?: boolean;
}

/** The rules of core/v1 ConfigMaps. */
export const configMapStrategy: Strategy<ConfigMap> = {
  namespaced: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: (map) => map,
  validateCreate: validateConfigMap,
  prepareForUpdate: (next) => next,
  validateUpdate: (next, current) => [
    ...immutableErrors(next, current),
    ...validateConfigMap(next),
  ],
};

function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors = [...dataKeyErrors('data', data), ...dataKeyErrors('binaryData', binaryData)];
  for (const key of Object.keys(data))
    if (Object.hasOwn(binaryData, key))
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  const textBytes = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (textBytes + decodedBytes(binaryData) > maxDataBytes)
    errors.push({
      type: 'FieldValueTooLong',
      field: '',
      detail: `must have at most ${maxDataBytes} bytes`,
    });
  return errors;
}

function immutableErrors(next: ConfigMap, current: ConfigMap): FieldError[] {
  if (current.immutable !== true) return [];
  const detail = 'field is immutable when `immutable` is set';
  return [
    ...(next.immutable === true ? [] : [forbiddenField('immutable', detail)]),
    ...(sameData(next.data, current.data) ? [] : [forbiddenField('data', detail)]),
    ...(sameData(next.binaryData, current.binaryData)
      ? []
      : [forbiddenField('binaryData', detail)]),
  ];
}
