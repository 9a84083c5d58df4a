/** Why bytes are no protobuf message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** A field as it stands on the wire: numbers are varints, everything else that we read is bytes. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/**
 * The fields of a message in the order in which they were written. Fixed-width fields, of which Kubernetes has none that
 * we read, are passed over.
 * @throws {ProtobufError} when the bytes end inside a field or are of an unknown kind
 */
export function readFields(bytes: Buffer): readonly WireField[] {
  const fields: WireField[] = [];
  let position = 0;
  while (position < bytes.length) {
    const tag = readVarint(bytes, position);
    position = tag.end;
    const number = Number(tag.value >> 3n);
    const kind = Number(tag.value & 7n);
    if (kind === 0) {
      const { value, end } = readVarint(bytes, position);
      fields.push({ number, value });
      position = end;
    } else if (kind === 2) {
      const length = readVarint(bytes, position);
      position = length.end + Number(length.value);
      if (position > bytes.length) throw new ProtobufError('a field is longer than its message');
      fields.push({ number, value: bytes.subarray(length.end, position) });
    } else position += fixedWidth(kind);
  }
  return fields;
}

function fixedWidth(kind: number): number {
  if (kind === 1) return 8;
  if (kind === 5) return 4;
  throw new ProtobufError(`wire type ${kind} is unknown`);
}

/** Ten bytes of seven bits hold every 64-bit number. */
const maxVarintBytes = 10;

function readVarint(
  bytes: Buffer,
  start: number,
): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let index = 0; index < maxVarintBytes; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) throw new ProtobufError('a number is cut off');
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  throw new ProtobufError('a number is longer than 64 bits');
}
