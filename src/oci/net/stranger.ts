/** Answers of something that is no registry, such as the login page of a network that one has to sign in to. */
import { mediaTypeOf } from '../ref/media-type.ts';
import type { RawResponse } from './request.ts';
import type { Wire } from './wire.ts';

/** So many answers in a row that no registry gives, and the host is left alone. */
const maxStrange = 8;
const firstPauseMs = 30_000;
const maxPauseMs = 15 * 60 * 1000;

/**
 * True for success that no registry reports like this: a web page, or a document without a type (distribution-spec,
 * "Pulling manifests": Content-Type is a MUST) and without any header of registries. Errors are pages at many.
 */
export function isStranger({ status, headers }: RawResponse, { path }: Wire): boolean {
  if (status !== 200) return false;
  const type = headers['content-type'];
  if (type !== undefined) return mediaTypeOf(type) === 'text/html';
  return (
    headers['docker-content-digest'] === undefined &&
    headers['docker-distribution-api-version'] === undefined &&
    // Storage that blobs are redirected to need not say what they are.
    !path.includes('/blobs/')
  );
}

/** Counts answers that no registry gives. */
export class StrangerCount {
  #inARow = 0;

  /** A registry has answered. */
  reset(): void {
    this.#inARow = 0;
  }

  /**
   * Something else has answered.
   * @returns milliseconds for which to leave the host alone: 0 for the first few, then 30 s, doubled up to 15 min each
   * time that it still is no registry
   */
  note(): number {
    this.#inARow += 1;
    const over = this.#inARow - maxStrange;
    return over < 0 ? 0 : Math.min(maxPauseMs, firstPauseMs * 2 ** Math.min(over, 16));
  }
}
