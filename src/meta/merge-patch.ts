import { cloneJson, isJsonObject, type JsonObject, type JsonValue, ownField } from './json.ts';

/** Applies a JSON merge patch (RFC 7396); neither argument is changed. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return cloneJson(patch);
  const base: JsonObject = isJsonObject(target) ? target : {};
  const kept = Object.entries(base).filter(([field]) => !Object.hasOwn(patch, field));
  const set = Object.entries(patch)
    .filter(([, value]) => value !== null)
    .map(([field, value]) => [field, mergePatch(ownField(base, field), value)] as const);
  return cloneJson(Object.fromEntries([...kept, ...set]));
}
