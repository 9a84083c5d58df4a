import { isJsonObject, type JsonObject, type JsonValue, setField } from '#src/meta/json.ts';

import type { Field, FieldType, Message } from './message.ts';
import { ProtobufError, readFields, type WireField } from './wire-reader.ts';

/** Messages inside messages: more than any kind has. */
const maxDepth = 32;

/**
 * A message as the JSON that Kubernetes would write of it: zero values are left out where Go's JSON leaves them out.
 * @throws {ProtobufError} when the bytes are not such a message
 */
export function decodeMessage(bytes: Buffer, { fields }: Message, depth = 0): JsonObject {
  if (depth > maxDepth) throw new ProtobufError('the message is nested too deeply');
  const result: JsonObject = {};
  for (const wire of readFields(bytes)) {
    const field = fields.get(wire.number);
    if (field === undefined) continue;
    if (field.repeated === 'map') addEntry(result, field, wire, depth);
    else if (field.repeated === 'list') addItem(result, field, wire, depth);
    else setSingular(result, field, wire, depth);
  }
  return result;
}

function setSingular(result: JsonObject, field: Field, wire: WireField, depth: number): void {
  const value = decodeValue(field.type, wire, depth);
  if (value === undefined || (field.optional !== true && isZero(value))) return;
  result[field.name] = value;
}

function addItem(result: JsonObject, field: Field, wire: WireField, depth: number): void {
  const list = result[field.name];
  const item = decodeValue(field.type, wire, depth) ?? null;
  if (Array.isArray(list)) list.push(item);
  else result[field.name] = [item];
}

/** A map is a list of messages with a key and a value. */
function addEntry(result: JsonObject, field: Field, wire: WireField, depth: number): void {
  const entry = readFields(bytesOf(wire));
  const key = entry.find(({ number }) => number === 1);
  const value = entry.find(({ number }) => number === 2) ?? {
    number: 2,
    value: Buffer.alloc(0),
  };
  const known = result[field.name];
  const map: JsonObject = isJsonObject(known) ? known : {};
  const name = key === undefined ? '' : bytesOf(key).toString();
  setField(map, name, decodeValue(field.type, value, depth) ?? null);
  result[field.name] = map;
}

/** `undefined` is a time that is none. */
function decodeValue(type: FieldType, wire: WireField, depth: number): JsonValue | undefined {
  switch (type) {
    case 'integer':
      return Number(BigInt.asIntN(64, numberOf(wire)));
    case 'boolean':
      return numberOf(wire) !== 0n;
    case 'string':
      return bytesOf(wire).toString();
    case 'bytes':
      return bytesOf(wire).toString('base64');
    case 'time':
    case 'micro-time':
      return decodeTime(bytesOf(wire), type);
    case 'quantity':
      return bytesOf(firstField(bytesOf(wire))).toString();
    case 'json':
      return decodeJson(bytesOf(firstField(bytesOf(wire))));
    default:
      return decodeMessage(bytesOf(wire), type, depth + 1);
  }
}

function decodeTime(bytes: Buffer, type: 'time' | 'micro-time'): string | undefined {
  const fields = readFields(bytes);
  if (fields.length === 0) return undefined;
  const [seconds = 0n, nanos = 0n] = [1, 2].map((number) => {
    const field = fields.find((each) => each.number === number);
    return field === undefined ? 0n : BigInt.asIntN(64, numberOf(field));
  });
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) throw new ProtobufError('a time is out of range');
  const whole = date.toISOString().slice(0, 19);
  if (type === 'time') return `${whole}Z`;
  return `${whole}.${String(nanos / 1000n).padStart(6, '0')}Z`;
}

function decodeJson(bytes: Buffer): JsonValue {
  try {
    return bytes.length === 0 ? {} : (JSON.parse(bytes.toString()) as JsonValue);
  } catch (error) {
    throw new ProtobufError('a field should hold JSON', { cause: error });
  }
}

function firstField(bytes: Buffer): WireField {
  return (
    readFields(bytes).find(({ number }) => number === 1) ?? { number: 1, value: Buffer.alloc(0) }
  );
}

function bytesOf({ value }: WireField): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new ProtobufError('a field is a number where text was expected');
}

function numberOf({ value }: WireField): bigint {
  if (typeof value === 'bigint') return value;
  throw new ProtobufError('a field is text where a number was expected');
}

function isZero(value: JsonValue): boolean {
  if (value === '' || value === 0 || value === false) return true;
  return isJsonObject(value) && Object.keys(value).length === 0;
}
