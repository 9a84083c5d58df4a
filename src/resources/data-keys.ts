import { invalid, type FieldError } from '#src/meta/field-error.ts';

const keyPattern = /^[-._a-zA-Z0-9]+$/;
const maxKeyLength = 253;

/** Bytes that the data of one secret or config map may have. */
export const maxDataBytes = 1024 * 1024;

/** What is wrong with the keys of a data map, after core/v1. */
export function dataKeyErrors(field: string, data: Readonly<Record<string, string>>): FieldError[] {
  return Object.keys(data).flatMap((key) => {
    const path = `${field}[${key}]`;
    const errors: FieldError[] = [];
    if (key.length > maxKeyLength)
      errors.push(invalid(path, key, `must be no more than ${maxKeyLength} characters`));
    if (!keyPattern.test(key))
      errors.push(
        invalid(
          path,
          key,
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        ),
      );
    if (key === '.' || key === '..') errors.push(invalid(path, key, `may not be '${key}'`));
    return errors;
  });
}

/** Bytes of base64 values, decoded. */
export function decodedBytes(data: Readonly<Record<string, string>>): number {
  return Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
}

/** Whether two data maps hold the same, whatever their order. */
export function sameData(
  a: Readonly<Record<string, string>> = {},
  b: Readonly<Record<string, string>> = {},
): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
}
