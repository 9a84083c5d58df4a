import type { KubeObject } from '#src/meta/object.ts';
import { badRequest, methodNotAllowed, StatusError } from '#src/meta/status.ts';

import { validatedFields } from '../decode/field-validation.ts';
import { decodeObject } from '../decode/object.ts';
import { objectResponse } from '../encode/object-response.ts';
import type { ApiResponse } from '../http/messages.ts';
import type { VerbCall } from './call.ts';
import { tracked } from './field-management.ts';
import { writeOptions } from './write-options.ts';

/** PUT of one object. */
export async function updateVerb(call: VerbCall): Promise<ApiResponse> {
  const { rest } = call.target;
  if (rest.update === undefined) throw new StatusError(methodNotAllowed());
  const options = writeOptions(call.request, 'UpdateOptions');
  const sent = validatedFields(call, named(call, decodeObject(call)), options.fieldValidation);
  const { object, created } = await rest.update(
    call.context,
    call.info.name,
    async (current) => {
      if (current === undefined) await call.requireCreate();
      return tracked(call, current, sent, options.fieldManager);
    },
    options,
  );
  return objectResponse(call, created ? 201 : 200, object);
}

/**
 * The object under the name in the URL.
 * @throws {StatusError} 400 when it says another name
 */
export function named(call: VerbCall, object: KubeObject): KubeObject {
  const { name = '' } = object.metadata;
  if (name !== '' && name !== call.info.name)
    throw new StatusError(
      badRequest(
        `the name of the object (${name}) does not match the name on the URL (${call.info.name})`,
      ),
    );
  return { ...object, metadata: { ...object.metadata, name: call.info.name } };
}
