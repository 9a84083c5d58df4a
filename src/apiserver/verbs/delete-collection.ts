import { methodNotAllowed, StatusError } from '#src/meta/status.ts';

import { decodeDeleteOptions } from '../decode/delete-options.ts';
import { objectResponse } from '../encode/object-response.ts';
import type { ApiResponse } from '../http/messages.ts';
import type { VerbCall } from './call.ts';
import { listQuery } from './list-query.ts';

/** DELETE of everything in a collection that is selected; answers what was there. */
export async function deleteCollectionVerb(call: VerbCall): Promise<ApiResponse> {
  const { rest } = call.target;
  if (rest.deleteCollection === undefined) throw new StatusError(methodNotAllowed());
  const options = decodeDeleteOptions(call.request);
  return objectResponse(
    call,
    200,
    await rest.deleteCollection(call.context, listQuery(call), options),
  );
}
