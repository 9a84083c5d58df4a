import { createHash } from 'node:crypto';

import type { ErrorContext } from '../errors/base.ts';
import { DigestMismatchError, SizeMismatchError } from '../errors/content.ts';
import { LimitError } from '../errors/network.ts';
import type { BodyStream } from '../net/request.ts';
import { algorithmOf, digestOf, type Digest } from '../ref/digest.ts';
import type { Descriptor, VerifiedBody } from './types.ts';

/**
 * Compares content with the digest it was asked for by.
 * @throws {DigestMismatchError} when they differ
 */
export function verifyDigest(
  bytes: Uint8Array,
  expected: Digest,
  source: DigestMismatchError['source'],
  context: ErrorContext,
): void {
  const actual = digestOf(bytes, algorithmOf(expected));
  if (actual !== expected) throw new DigestMismatchError({ expected, actual, source }, context);
}

/**
 * Compares content with its descriptor.
 * @throws {SizeMismatchError} when the length differs
 * @throws {DigestMismatchError} when the content does
 */
export function verifyContent(
  bytes: Uint8Array,
  descriptor: Descriptor,
  context: ErrorContext,
): void {
  if (bytes.length !== descriptor.size) throw sizeMismatch(descriptor, bytes.length, context);
  verifyDigest(bytes, descriptor.digest, 'descriptor', context);
}

/** A stream that ends well only when size and digest match. */
export function verifiedStream(
  descriptor: Descriptor,
  stream: BodyStream,
  context: ErrorContext,
): VerifiedBody {
  return new VerifyingBody(descriptor, stream, context);
}

/** Content that is in memory and verified. */
export function verifiedBytes(descriptor: Descriptor, bytes: Uint8Array): VerifiedBody {
  return {
    descriptor,
    bytes: (max = descriptor.size) =>
      bytes.length > max
        ? Promise.reject(new LimitError('manifestBytes', max))
        : Promise.resolve(bytes),
    cancel: () => undefined,
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve(bytes);
    },
  };
}

class VerifyingBody implements VerifiedBody {
  readonly descriptor: Descriptor;
  readonly #stream: BodyStream;
  readonly #context: ErrorContext;

  constructor(descriptor: Descriptor, stream: BodyStream, context: ErrorContext) {
    this.descriptor = descriptor;
    this.#stream = stream;
    this.#context = context;
  }

  /** One piece is held back, so that whoever has seen them all has seen verified content. */
  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const { digest, size } = this.descriptor;
    const hash = createHash(algorithmOf(digest));
    let length = 0;
    let held: Uint8Array | undefined;
    for await (const chunk of this.#stream) {
      length += chunk.length;
      if (length > size) throw sizeMismatch(this.descriptor, length, this.#context);
      hash.update(chunk);
      if (held !== undefined) yield held;
      held = chunk;
    }
    if (length !== size) throw sizeMismatch(this.descriptor, length, this.#context);
    const actual = `${algorithmOf(digest)}:${hash.digest('hex')}`;
    if (actual !== digest)
      throw new DigestMismatchError(
        { expected: digest, actual, source: 'descriptor' },
        this.#context,
      );
    if (held !== undefined) yield held;
  }

  async bytes(max: number = this.descriptor.size): Promise<Uint8Array> {
    // Nothing is allocated by a size that somebody only claims.
    if (this.descriptor.size > max) {
      this.cancel();
      throw new LimitError('configBytes', max, this.#context);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of this) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  cancel(): void {
    this.#stream.cancel();
  }
}

function sizeMismatch(
  { size }: Descriptor,
  actual: number,
  context: ErrorContext,
): SizeMismatchError {
  return new SizeMismatchError(
    `the descriptor says ${size} bytes, the content has ${actual > size ? 'more' : String(actual)}`,
    context,
  );
}
