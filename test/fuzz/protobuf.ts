/** Protobuf as Kubernetes clients send it, written without knowing the messages: fields, lengths and an envelope. */
import type { Random } from './random.ts';
import { texts } from './documents.ts';

export function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}

/** `runtime.Unknown` behind the magic of Kubernetes. */
export function envelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const type = Buffer.concat([field(1, Buffer.from(apiVersion)), field(2, Buffer.from(kind))]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, type), field(2, raw)]);
}

/** A message of any fields, nested; `metadata` with a name comes first, as in every kind. */
export function message(random: Random, depth = 0): Buffer {
  const parts: Buffer[] =
    depth === 0
      ? [field(1, Buffer.concat([field(1, Buffer.from('a')), field(3, Buffer.from('fuzz'))]))]
      : [];
  for (let count = random.below(5); count > 0; count -= 1) {
    const number = 1 + random.below(12);
    switch (random.below(depth > 3 ? 2 : 4)) {
      case 0:
        parts.push(varint((number << 3) | 0), varint(random.below(2 ** 31)));
        break;
      case 1:
        parts.push(field(number, Buffer.from(random.pick(texts))));
        break;
      default:
        parts.push(field(number, message(random, depth + 1)));
    }
  }
  return Buffer.concat(parts);
}
