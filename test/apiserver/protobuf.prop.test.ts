import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decodeKubernetesProtobuf } from '#src/apiserver/protobuf/kubernetes.ts';
import { ProtobufError } from '#src/apiserver/protobuf/wire-reader.ts';

/** A field of bytes: number, length, content. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}

function secret(raw: Buffer): Buffer {
  const type = Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from('Secret'))]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, type), field(2, raw)]);
}

function failureOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('protobuf bodies', () => {
  test('keep every key and byte of a map', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.uint8Array()), (data) => {
        const entries = Object.entries(data).map(([key, value]) =>
          field(2, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))])),
        );
        const expected = Object.entries(data).map(([key, value]) => [
          Buffer.from(key).toString(),
          Buffer.from(value).toString('base64'),
        ]);
        const decoded = decodeKubernetesProtobuf(secret(Buffer.concat(entries)));
        expect(Object.entries(decoded?.['data'] ?? {})).toEqual(
          Object.entries(Object.fromEntries(expected)),
        );
      }),
    );
  });

  test('that are any bytes at all are read or refused, never worse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const failure = failureOf(() => decodeKubernetesProtobuf(secret(Buffer.from(bytes))));
        expect(failure === undefined || failure instanceof ProtobufError).toBe(true);
      }),
    );
  });
});
