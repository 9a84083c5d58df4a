import { gunzipSync } from 'node:zlib';

import { InvalidResponseError } from '../errors/answers.ts';
import type { ErrorContext } from '../errors/base.ts';
import { LimitError } from '../errors/network.ts';
import type { Limits } from './limits.ts';

/** A bound by its name. */
export interface ByteLimit {
  readonly name: keyof Limits;
  readonly bytes: number;
}

/**
 * Undoes a content coding that a server applied although none was asked for.
 * @throws {InvalidResponseError} when it is none or several, or broken
 * @throws {LimitError} when the content is larger than the limit
 */
export function decodeBody(
  bytes: Uint8Array,
  coding: string | undefined,
  limit: ByteLimit,
  context: ErrorContext,
): Uint8Array {
  const name = (coding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return bytes;
  if (name !== 'gzip' && name !== 'x-gzip')
    throw new InvalidResponseError('the content coding is not supported', context);
  try {
    return gunzipSync(bytes, { maxOutputLength: limit.bytes });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw new LimitError(limit.name, limit.bytes, context);
    throw new InvalidResponseError('the gzip content is broken', context);
  }
}
