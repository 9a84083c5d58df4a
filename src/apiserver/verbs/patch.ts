import type { JsonValue } from '#src/meta/json.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { badRequest, failure, methodNotAllowed, StatusError } from '#src/meta/status.ts';

import { mediaType } from '../decode/content-type.ts';
import { validatedFields } from '../decode/field-validation.ts';
import { checkedObject } from '../decode/object.ts';
import { parseJson, ParseError } from '../decode/parse.ts';
import { objectResponse } from '../encode/object-response.ts';
import type { ApiResponse } from '../http/messages.ts';
import { applyPatchType, applyVerb } from './apply.ts';
import type { VerbCall } from './call.ts';
import { tracked } from './field-management.ts';
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from './patches.ts';
import { named } from './update.ts';
import { writeOptions } from './write-options.ts';

/** Makes the new object from the current one. */
type Patcher = (call: VerbCall, current: JsonValue, patch: JsonValue) => JsonValue;

const patchers: ReadonlyMap<string, Patcher> = new Map([
  ['application/json-patch+json', (_, current, patch) => applyJsonPatch(current, patch)],
  ['application/merge-patch+json', (_, current, patch) => applyMergePatch(current, patch)],
  [
    'application/strategic-merge-patch+json',
    (call, current, patch) => applyStrategicMergePatch(current, patch, call.target.schema),
  ],
] satisfies [string, Patcher][]);

/** PATCH of one object with a JSON patch, merge patch or strategic merge patch; server-side apply is a verb of its own. */
export async function patchVerb(call: VerbCall): Promise<ApiResponse> {
  const { rest } = call.target;
  if (rest.update === undefined) throw new StatusError(methodNotAllowed());
  const type = mediaType(call.request.headers['content-type']);
  if (type === applyPatchType) return applyVerb(call);
  const patcher = patchers.get(type);
  if (patcher === undefined) throw unsupportedPatch();
  const options = writeOptions(call.request, 'PatchOptions');
  const patch = decodePatch(call);
  const updated = await rest.update(
    call.context,
    call.info.name,
    async (current) => {
      if (current === undefined) await call.requireCreate();
      const next = patcher(call, asJson(current ?? skeleton(call)), patch);
      const proposed = named(call, checkedObject(call, next));
      const object = validatedFields(call, proposed, options.fieldValidation);
      return tracked(call, current, object, options.fieldManager);
    },
    options,
  );
  return objectResponse(call, updated.created ? 201 : 200, updated.object);
}

/** What is patched when there is nothing yet and the resource allows to create by update. */
function skeleton({ target, info }: VerbCall): KubeObject {
  const { namespace, name } = info;
  return {
    kind: target.kind,
    apiVersion: target.apiVersion,
    metadata: { ...(namespace === '' ? {} : { namespace }), name },
  };
}

function decodePatch({ request }: VerbCall): JsonValue {
  try {
    return parseJson(request.body.toString());
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new StatusError(badRequest(`error decoding patch: ${error.message}`));
  }
}

function asJson(object: KubeObject): JsonValue {
  // Objects of the store came out of JSON and hold nothing else.
  return object as unknown as JsonValue;
}

function unsupportedPatch(): StatusError {
  const types = [...patchers.keys(), applyPatchType].join(', ');
  return new StatusError(
    failure(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${types}`,
      {},
    ),
  );
}
