import { failure, StatusError } from '#src/meta/status.ts';

import type { ApiRequest } from './messages.ts';
import { isTrue } from './request-info.ts';

/** How many requests are worked on at once; watches, which wait most of the time, do not count. */
export interface InFlightLimits {
  /** GET and HEAD. */
  readonly reading: number;
  readonly writing: number;
}

/** kube-apiserver's own numbers. */
export const defaultInFlightLimits: InFlightLimits = { reading: 400, writing: 200 };

/** Counts the requests under way and turns away those that are too many, so that the others stay quick. */
export class InFlight {
  readonly #limits: InFlightLimits;
  readonly #now = { reading: 0, writing: 0 };

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }

  /**
   * Does the work of a request.
   * @throws {StatusError} 429 with Retry-After when too many are under way
   */
  async run<T>(request: ApiRequest, work: () => Promise<T>): Promise<T> {
    if (isLong(request)) return work();
    const kind = request.method === 'GET' || request.method === 'HEAD' ? 'reading' : 'writing';
    if (this.#now[kind] >= this.#limits[kind]) throw tooMany();
    this.#now[kind] += 1;
    try {
      return await work();
    } finally {
      this.#now[kind] -= 1;
    }
  }
}

/** A watch, and the questions after health, which must be answered most of all when there is too much to do. */
function isLong({ path, query }: ApiRequest): boolean {
  const watching = query.has('watch') && isTrue(query.get('watch'));
  return watching || path.includes('/watch/') || /^\/(?:livez|readyz|healthz)/.test(path);
}

function tooMany(): StatusError {
  return new StatusError(
    failure(429, 'TooManyRequests', 'Too many requests, please try again later.', {
      retryAfterSeconds: 1,
    }),
  );
}
