import { methodNotAllowed, StatusError } from '#src/meta/status.ts';

import { objectResponse } from '../encode/object-response.ts';
import type { ApiResponse } from '../http/messages.ts';
import type { VerbCall } from './call.ts';

/** GET of one object. */
export async function getVerb(call: VerbCall): Promise<ApiResponse> {
  const { rest } = call.target;
  if (rest.get === undefined) throw new StatusError(methodNotAllowed());
  return objectResponse(call, 200, await rest.get(call.context, call.info.name));
}
