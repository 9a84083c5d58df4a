import { methodNotAllowed, StatusError } from '#src/meta/status.ts';

import { validatedFields } from '../decode/field-validation.ts';
import { decodeObject } from '../decode/object.ts';
import { objectResponse } from '../encode/object-response.ts';
import type { ApiResponse } from '../http/messages.ts';
import type { VerbCall } from './call.ts';
import { tracked } from './field-management.ts';
import { writeOptions } from './write-options.ts';

/** POST to a collection, or to a subresource of a named object. */
export async function createVerb(call: VerbCall): Promise<ApiResponse> {
  const { rest } = call.target;
  if (rest.create === undefined) throw new StatusError(methodNotAllowed());
  const options = writeOptions(call.request, 'CreateOptions');
  const sent = validatedFields(call, decodeObject(call), options.fieldValidation);
  const object = tracked(call, undefined, sent, options.fieldManager);
  return objectResponse(call, 201, await rest.create(call.context, object, options));
}
