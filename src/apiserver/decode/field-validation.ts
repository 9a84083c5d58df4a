import { conform } from '#src/meta/conform.ts';
import type { JsonValue } from '#src/meta/json.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

import type { VerbCall } from '../verbs/call.ts';
import type { FieldValidation } from '../verbs/write-options.ts';

/**
 * An object as its schema describes it: without fields that the kind does not have, which are refused, warned of or
 * passed over in silence, and with defaults.
 * @throws {StatusError} 400 for values of a wrong type, and with `Strict` for unknown fields
 */
export function validatedFields(
  call: VerbCall,
  object: KubeObject,
  validation: FieldValidation,
): KubeObject {
  const { schema, kind } = call.target;
  if (schema === undefined) return object;
  const { value, unknown, mismatch } = conform(object as unknown as JsonValue, schema);
  const problems = unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  const strict = validation === 'Strict' && problems.length > 0;
  const problem = mismatch ?? (strict ? `strict decoding error: ${problems.join(', ')}` : '');
  if (problem !== '')
    throw new StatusError(
      badRequest(
        `${kind} in version ${JSON.stringify(call.info.version)} cannot be handled as a ${kind}: ${problem}`,
      ),
    );
  if (validation === 'Warn') for (const text of problems) call.context.warn(text);
  return value as unknown as KubeObject;
}
