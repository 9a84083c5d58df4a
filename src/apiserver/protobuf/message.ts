/** What a field of a protobuf message holds, and what becomes of it in JSON. */
export type FieldType =
  | 'string'
  | 'integer'
  | 'boolean'
  /** Base64 in JSON. */
  | 'bytes'
  /** meta/v1 Time: RFC 3339 in JSON; an empty one is no time at all. */
  | 'time'
  /** meta/v1 MicroTime: RFC 3339 with microseconds. */
  | 'micro-time'
  /** A message of one string that is that string in JSON: resource.Quantity. */
  | 'quantity'
  /** A message of one `bytes` that is JSON itself: FieldsV1, RawExtension. */
  | 'json'
  | Message;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Singular unless said otherwise; the keys of maps are strings. */
  readonly repeated?: 'list' | 'map';
  /** A pointer in Go: it is sent only when it is set, so that even its zero means something. */
  readonly optional?: boolean;
}

/** Fields by number. */
export interface Message {
  readonly fields: ReadonlyMap<number, Field>;
}

/** A message from its fields by number, in the short forms below. */
export function message(fields: Readonly<Record<number, Field>>): Message {
  return {
    fields: new Map(Object.entries(fields).map(([number, field]) => [Number(number), field])),
  };
}

export function one(name: string, type: FieldType = 'string'): Field {
  return { name, type };
}

export function pointer(name: string, type: FieldType): Field {
  return { name, type, optional: true };
}

export function list(name: string, type: FieldType = 'string'): Field {
  return { name, type, repeated: 'list' };
}

export function map(name: string, type: FieldType = 'string'): Field {
  return { name, type, repeated: 'map' };
}
