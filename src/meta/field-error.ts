/** What is wrong with a field; the cause reasons of meta/v1 (`k8s.io/apimachinery` field errors). */
export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueForbidden'
  | 'FieldValueNotFound'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueTooLong'
  | 'InternalError';

/** One thing wrong with one field of an object. Validation returns all of them, never only the first. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** `spec.tags[latest].from.name`; the empty path is written `[]`. */
  readonly field: string;
  /** The value as it is shown; strings are quoted, everything else is shown as it stands. */
  readonly value?: unknown;
  readonly detail?: string;
}

/** A value that is shown as it stands, the way Go would print it: `[]string{"x"}`, `0x0`. */
export class GoLiteral {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const titles: Readonly<Record<FieldErrorType, string>> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueForbidden: 'Forbidden',
  FieldValueNotFound: 'Not found',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueTooLong: 'Too long',
  InternalError: 'Internal error',
};

const showsNoValue: ReadonlySet<FieldErrorType> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'InternalError',
]);

/** The error without its field, which is the `message` of a Status cause: `Invalid value: "x": must be …`. */
export function fieldErrorBody(error: FieldError): string {
  const parts = [titles[error.type]];
  if (!showsNoValue.has(error.type)) parts.push(shown(error.value));
  if (error.detail !== undefined && error.detail !== '') parts.push(error.detail);
  return parts.join(': ');
}

/** The error as Kubernetes prints it: `spec.tags[x].from.name: Required value`. */
export function fieldErrorText(error: FieldError): string {
  return `${error.field === '' ? '[]' : error.field}: ${fieldErrorBody(error)}`;
}

export function required(field: string, detail?: string): FieldError {
  return { type: 'FieldValueRequired', field, ...(detail === undefined ? {} : { detail }) };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, value, detail };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, detail };
}

export function notFoundField(field: string, value: unknown): FieldError {
  return { type: 'FieldValueNotFound', field, value };
}

export function internalFieldError(field: string, detail: string): FieldError {
  return { type: 'InternalError', field, detail };
}

export function unsupported(
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError {
  const list = supported.map((each) => JSON.stringify(each)).join(', ');
  return { type: 'FieldValueNotSupported', field, value, detail: `supported values: ${list}` };
}

/** `user:password@` before a host, as people write it into pull specs; errors end up in the logs of others. */
const userinfo = /(^|\/\/)[^\s/:@]+:[^\s/@]+@(?=[^/\s]+\/)/u;

function shown(value: unknown): string {
  if (value instanceof GoLiteral) return value.text;
  if (typeof value === 'string') return JSON.stringify(value.replace(userinfo, '$1[hidden]@'));
  return JSON.stringify(value) ?? 'null';
}
