import { conform } from '#src/meta/conform.ts';
import type { JsonValue } from '#src/meta/json.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

import type { VerbCall } from '../verbs/call.ts';
import type { FieldValidation } from '../verbs/write-options.ts';
import { bodyFormat, isPatch } from './content-type.ts';
import { type DuplicateFields, duplicateFields } from './duplicate-fields.ts';

/**
 * An object as its schema describes it: without fields that the kind does not have, and with defaults. Such fields, and
 * those that the body has twice, are refused, warned of or passed over in silence.
 * @throws {StatusError} 400 for values of a wrong type, and with `Strict` for unknown and duplicate fields
 */
export function validatedFields(
  call: VerbCall,
  object: KubeObject,
  validation: FieldValidation,
): KubeObject {
  const { schema } = call.target;
  const duplicates = validation === 'Ignore' ? noDuplicates : duplicatesIn(call);
  const { value, unknown, mismatch } =
    schema === undefined
      ? { value: object, unknown: [], mismatch: undefined }
      : conform(object as unknown as JsonValue, schema);
  if (mismatch !== undefined) throw unreadable(call, mismatch);
  const problems = unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  const strict = [...duplicates.strict, ...problems];
  if (validation === 'Strict' && strict.length > 0)
    throw unreadable(call, `strict decoding error: ${strict.join(', ')}`);
  if (validation === 'Warn')
    for (const text of [...duplicates.warnings, ...problems]) call.context.warn(text);
  return value as unknown as KubeObject;
}

const noDuplicates: DuplicateFields = { strict: [], warnings: [] };

function duplicatesIn({ request: { headers, body } }: VerbCall): DuplicateFields {
  const type = headers['content-type'];
  return duplicateFields(body.toString(), isPatch(type) ? 'json' : bodyFormat(type));
}

function unreadable({ target, info }: VerbCall, problem: string): StatusError {
  const { kind } = target;
  return new StatusError(
    badRequest(
      `${kind} in version ${JSON.stringify(info.version)} cannot be handled as a ${kind}: ${problem}`,
    ),
  );
}
