import {
  type FieldError,
  forbiddenField,
  GoLiteral,
  required,
  unsupported,
} from '#src/meta/field-error.ts';
import { refuseInvalid } from '#src/meta/status.ts';

import type { ApiRequest } from '../http/messages.ts';
import { isTrue } from '../http/request-info.ts';
import type { WriteOptions } from '../resource.ts';

/** What to do about fields that the kind does not have. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface CheckedWriteOptions extends WriteOptions {
  readonly fieldValidation: FieldValidation;
  /** Of server-side apply: take fields over from other managers. */
  readonly force: boolean;
}

/** Longest name of a field manager (metav1 validation). */
const maxManagerLength = 128;

/**
 * The parameters of a write (meta/v1 CreateOptions, UpdateOptions, PatchOptions).
 * @throws {StatusError} 422 with everything that is wrong
 */
export function writeOptions(
  request: ApiRequest,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  apply = false,
): CheckedWriteOptions {
  const { query } = request;
  const manager = query.get('fieldManager') ?? '';
  const validation = query.get('fieldValidation') ?? '';
  const errors = [
    ...dryRunErrors(query.getAll('dryRun')),
    ...managerErrors(manager, apply),
    ...validationErrors(validation),
    ...(query.has('force') && !apply && kind === 'PatchOptions'
      ? [forbiddenField('force', 'may not be specified for non-apply patch')]
      : []),
  ];
  refuseInvalid({ group: 'meta.k8s.io', kind }, '', errors);
  return {
    dryRun: query.getAll('dryRun').includes('All'),
    fieldManager: manager === '' ? managerFromUserAgent(request) : manager,
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
    force: isTrue(query.get('force')),
  };
}

export function dryRunErrors(values: readonly string[]): FieldError[] {
  const wrong = values.filter((value) => value !== 'All');
  if (wrong.length === 0) return [];
  const list = values.map((value) => JSON.stringify(value)).join(', ');
  return [unsupported('dryRun', new GoLiteral(`[]string{${list}}`), ['All'])];
}

function managerErrors(manager: string, apply: boolean): FieldError[] {
  if (apply && manager === '') return [required('fieldManager', 'is required for apply patch')];
  return manager.length > maxManagerLength
    ? [
        {
          type: 'FieldValueTooLong',
          field: 'fieldManager',
          detail: `may not be more than ${maxManagerLength} bytes`,
        },
      ]
    : [];
}

const validations: readonly string[] = ['', 'Ignore', 'Strict', 'Warn'];

function validationErrors(value: string): FieldError[] {
  return validations.includes(value) ? [] : [unsupported('fieldValidation', value, validations)];
}

function managerFromUserAgent({ headers }: ApiRequest): string {
  const agent = headers['user-agent'] ?? '';
  return (agent.split('/')[0] ?? '').slice(0, maxManagerLength) || 'unknown';
}
