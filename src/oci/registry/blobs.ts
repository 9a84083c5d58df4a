import { verifiedStream, verifyContent } from '../content/verify.ts';
import type { CallOptions, Descriptor, VerifiedBody } from '../content/types.ts';
import { InvalidResponseError, NotFoundError } from '../errors/answers.ts';
import { DigestMismatchError, SizeMismatchError } from '../errors/content.ts';
import { LimitError } from '../errors/network.ts';
import { decodeBody, type ByteLimit } from '../net/body.ts';
import { Operation } from '../net/operation.ts';
import { contextOf } from '../net/wire.ts';
import { parseDigest, type Digest } from '../ref/digest.ts';
import { mediaTypeOf } from '../ref/media-type.ts';
import { headerOf, type Call } from './call.ts';
import type { Session } from './session.ts';
import type { BlobStore } from './types.ts';

export class Blobs implements BlobStore {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async fetch(descriptor: Descriptor, options: CallOptions = {}): Promise<VerifiedBody> {
    const operation = this.#operation(options);
    const call = this.#call('GET', descriptor.digest, {
      name: 'configBytes',
      bytes: descriptor.size,
    });
    const reply = await this.#session.call({ ...call, stream: true }, operation);
    const context = { ...contextOf(reply.wire), ...this.#session.name };
    const coding = headerOf(reply, 'content-encoding') ?? 'identity';
    if (reply.stream === undefined || coding !== 'identity') {
      reply.stream?.cancel();
      throw new InvalidResponseError('the blob comes in a coding that was not asked for', context);
    }
    return verifiedStream(descriptor, reply.stream, context);
  }

  async stat(digest: Digest, options: CallOptions = {}): Promise<Descriptor> {
    const operation = this.#operation(options);
    return await this.statWithin(digest, operation);
  }

  async exists(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    try {
      await this.stat(descriptor.digest, options);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  /** As `stat`, as a part of a longer operation. */
  async statWithin(digest: Digest, operation: Operation): Promise<Descriptor> {
    const reply = await this.#session.call(
      this.#call('HEAD', parseDigest(digest), { name: 'configBytes', bytes: 0 }),
      operation,
    );
    const size = Number(headerOf(reply, 'content-length') ?? NaN);
    if (!Number.isSafeInteger(size) || size < 0)
      throw new InvalidResponseError('the registry does not say how long the blob is', {
        ...contextOf(reply.wire),
        ...this.#session.name,
      });
    return { mediaType: mediaTypeOf(headerOf(reply, 'content-type')), digest, size };
  }

  /**
   * All of a small blob, verified; content that does not match is asked for once more on new connections.
   * @throws {LimitError} when it is larger than a config may be
   */
  async load(
    descriptor: Descriptor,
    operation: Operation,
  ): Promise<{ readonly bytes: Uint8Array; readonly credential: string }> {
    const max = this.#session.core.limits.configBytes;
    if (descriptor.size > max) throw new LimitError('configBytes', max, this.#session.name);
    const call = this.#call('GET', descriptor.digest, { name: 'configBytes', bytes: max });
    for (let isSecond = false; ; isSecond = true) {
      const reply = await this.#session.call(call, operation);
      const context = { ...contextOf(reply.wire), ...this.#session.name };
      const coding = headerOf(reply, 'content-encoding');
      try {
        const bytes = decodeBody(reply.body, coding, call.limit, context);
        // registry.access.redhat.com compresses configs; either form may be what the digest names.
        const isEncoded = bytes !== reply.body && reply.body.length === descriptor.size;
        verifyContent(isEncoded ? reply.body : bytes, descriptor, context);
        return { bytes, credential: reply.credential.id };
      } catch (error) {
        const isWrong = error instanceof DigestMismatchError || error instanceof SizeMismatchError;
        if (!isWrong || isSecond) throw error;
        this.#session.distrust(reply);
        operation.stats.retries += 1;
      }
    }
  }

  #call(method: 'GET' | 'HEAD', digest: Digest, limit: ByteLimit): Call {
    return { method, path: `blobs/${digest}`, by: 'digest', limit };
  }

  #operation(options: CallOptions): Operation {
    return new Operation(options, this.#session.core.limits);
  }
}
