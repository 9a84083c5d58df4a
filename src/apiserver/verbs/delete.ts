import { methodNotAllowed, StatusError } from '#src/meta/status.ts';

import { decodeDeleteOptions } from '../decode/delete-options.ts';
import { objectResponse } from '../encode/object-response.ts';
import type { ApiResponse } from '../http/messages.ts';
import type { VerbCall } from './call.ts';

/** DELETE of one object. */
export async function deleteVerb(call: VerbCall): Promise<ApiResponse> {
  const { rest } = call.target;
  if (rest.delete === undefined) throw new StatusError(methodNotAllowed());
  const options = decodeDeleteOptions(call.request);
  return objectResponse(call, 200, await rest.delete(call.context, call.info.name, options));
}
