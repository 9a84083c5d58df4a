import { isJsonObject, type JsonValue } from '#src/meta/json.ts';
import { fieldSchema, type Schema } from '#src/meta/schema.ts';

/**
 * Whole numbers where the schema wants text become that text: old YAML documents name tags `34` without quotes. Other
 * numbers stay, since YAML has already lost how they were written (`3.10` is 3.1).
 */
export function withTextForNumbers(value: JsonValue, schema: Schema): JsonValue {
  if (typeof value === 'number')
    return schema.type === 'string' && Number.isInteger(value) ? String(value) : value;
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => withTextForNumbers(item, items));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, item]): [string, JsonValue] => {
      const known = fieldSchema(schema, field);
      return [field, known === undefined ? item : withTextForNumbers(item, known)];
    }),
  );
}
