/** Writes the protobuf wire format: fields in the order they are given, absent ones left out. */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];

  string(field: number, text: string | undefined): this {
    return text === undefined || text === '' ? this : this.#bytes(field, Buffer.from(text));
  }

  strings(field: number, texts: readonly string[]): this {
    for (const text of texts) this.#bytes(field, Buffer.from(text));
    return this;
  }

  boolean(field: number, value: boolean | undefined): this {
    if (value !== true) return this;
    this.#parts.push(varint(field << 3), varint(1));
    return this;
  }

  message(field: number, message: ProtobufWriter | undefined): this {
    return message === undefined ? this : this.#bytes(field, message.finish());
  }

  messages(field: number, messages: readonly ProtobufWriter[]): this {
    for (const message of messages) this.message(field, message);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #bytes(field: number, bytes: Buffer): this {
    this.#parts.push(varint((field << 3) | lengthDelimited), varint(bytes.length), bytes);
    return this;
  }
}

const lengthDelimited = 2;

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}
