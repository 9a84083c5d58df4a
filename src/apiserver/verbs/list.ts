import { methodNotAllowed, StatusError } from '#src/meta/status.ts';

import { objectResponse } from '../encode/object-response.ts';
import type { ApiResponse } from '../http/messages.ts';
import type { VerbCall } from './call.ts';
import { listQuery } from './list-query.ts';

/** GET of a collection. */
export async function listVerb(call: VerbCall): Promise<ApiResponse> {
  const { rest } = call.target;
  if (rest.list === undefined) throw new StatusError(methodNotAllowed());
  return objectResponse(call, 200, await rest.list(call.context, listQuery(call)));
}
