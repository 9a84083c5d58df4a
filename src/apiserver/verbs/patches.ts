import jsonPatch, { type Operation } from 'fast-json-patch';

import { cloneJson, isJsonObject, type JsonValue } from '#src/meta/json.ts';
import { mergePatch } from '#src/meta/merge-patch.ts';
import { anyObjectSchema } from '#src/meta/object-schema.ts';
import type { Schema } from '#src/meta/schema.ts';
import { badRequest, failure, rejectedPatch, StatusError } from '#src/meta/status.ts';
import { strategicMergePatch } from '#src/meta/strategic-merge-patch.ts';
import { StrategicPatchError } from '#src/meta/strategic-patch-error.ts';

/** Operations of one JSON patch (kube-apiserver's limit): each costs a walk through the object. */
const maxOperations = 10_000;

/**
 * Characters that all `copy` operations of a patch may add, as many as a body may have (kube-apiserver's limit): each can
 * double the object.
 */
const maxCopied = 3 * 1024 * 1024;

/** RFC 6902. @throws {StatusError} 400 when the patch is no list, 413 when it is too long, 422 when it does not apply */
export function applyJsonPatch(current: JsonValue, patch: JsonValue): JsonValue {
  if (!Array.isArray(patch))
    throw new StatusError(badRequest('error decoding patch: a JSON patch is a list'));
  if (patch.length > maxOperations)
    throw new StatusError(
      failure(
        413,
        'RequestEntityTooLarge',
        `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
      ),
    );
  try {
    return patched(cloneJson(current), cloneJson(patch) as unknown as Operation[]);
  } catch (error) {
    if (error instanceof jsonPatch.JsonPatchError || error instanceof TypeError)
      throw new StatusError(rejectedPatch());
    throw error;
  }
}

function patched(current: JsonValue, operations: readonly Operation[]): JsonValue {
  let document = current;
  let copied = 0;
  for (const [index, operation] of operations.entries()) {
    copied += copiedLength(document, operation);
    if (copied > maxCopied) throw new StatusError(rejectedPatch());
    ({ newDocument: document } = jsonPatch.applyOperation(
      document,
      operation,
      true,
      true,
      true,
      index,
    ));
  }
  return document;
}

/** Characters that an operation adds to the document without having them in itself. */
function copiedLength(document: JsonValue, operation: Operation | null): number {
  if (operation?.op !== 'copy') return 0;
  try {
    const value: unknown = jsonPatch.getValueByPointer(document, operation.from);
    return JSON.stringify(value ?? null).length;
  } catch {
    // The operation itself is refused for it.
    return 0;
  }
}

/** RFC 7396. @throws {StatusError} 400 when the patch is no object */
export function applyMergePatch(current: JsonValue, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch))
    throw new StatusError(badRequest('error decoding patch: a merge patch is an object'));
  return mergePatch(current, patch);
}

/** @throws {StatusError} 400 when the patch cannot be understood */
export function applyStrategicMergePatch(
  current: JsonValue,
  patch: JsonValue,
  schema: Schema | undefined,
): JsonValue {
  try {
    return strategicMergePatch(
      isJsonObject(current) ? current : {},
      patch,
      schema ?? anyObjectSchema,
    );
  } catch (error) {
    if (error instanceof StrategicPatchError) throw new StatusError(badRequest(error.message));
    throw error;
  }
}
