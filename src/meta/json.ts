/** What JSON can say. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

export interface JsonObject {
  [field: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field of an object by its own key only: `constructor` and `__proto__` are ordinary label keys. */
export function ownField(object: JsonObject, field: string): JsonValue | undefined {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}

/** Sets a field as own data even when it is called `__proto__`. */
export function setField(object: JsonObject, field: string, value: JsonValue): void {
  if (field !== '__proto__') Reflect.set(object, field, value);
  else
    Object.defineProperty(object, field, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}

/** A deep copy that shares nothing with the original. */
export function cloneJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => cloneJson(item)) as T;
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, item]) => [field, cloneJson(item)]),
  ) as T;
}

/** Whether two values say the same; the order of fields and fields that are `undefined` do not count. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => equalJson(item, b[index]))
    );
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const fields = definedFields(a);
  return (
    fields.length === definedFields(b).length &&
    fields.every((field) => Object.hasOwn(b, field) && equalJson(a[field], b[field]))
  );
}

/** The same text for what `equalJson` calls equal, and for nothing else; `undefined` has one of its own. */
export function canonicalJson(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'undefined';
  const fields = definedFields(value).toSorted();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${canonicalJson(value[field])}`).join(',')}}`;
}

function definedFields(object: JsonObject): string[] {
  return Object.keys(object).filter((field) => object[field] !== undefined);
}
