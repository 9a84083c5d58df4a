import { failure, StatusError } from '#src/meta/status.ts';

import { anonymousUser } from '../authenticate/authenticator.ts';
import { mastersGroup } from '../authorize/built-in.ts';
import type { UserInfo } from '../resource.ts';
import type { ApiRequest } from './messages.ts';
import type { ResourceRequestInfo } from './request-info.ts';
import { Seats } from './seats.ts';

/** How many requests are worked on at once; a watch counts until it has begun. */
export interface InFlightLimits {
  /** GET and HEAD. */
  readonly reading: number;
  readonly writing: number;
  /** How long one waits for its turn, in milliseconds; 5,000 when absent: a burst passes, and no client gave up. */
  readonly patienceMs?: number;
}

/** kube-apiserver's own numbers. */
export const defaultInFlightLimits: InFlightLimits = { reading: 400, writing: 200 };

/** A list is as much work as many reads of one object, so one user's lists leave room for others sooner. */
const listWidth = 4;
const defaultPatienceMs = 5_000;
const healthPath = /^\/(?:livez|readyz|healthz)(?:\/|$)/;

/** Who is served before and beside all others. */
type Kind = 'reading' | 'writing';

/**
 * Bounds the requests under way, and shares them fairly between users: one user has at most half of them, what is more
 * waits for a moment, and is turned away when it waits too long. The administrator (`system:masters`) has as many seats
 * as all others together, and the questions after health none to wait for.
 */
export class InFlight {
  readonly #users: Readonly<Record<Kind, Seats>>;
  readonly #masters: Readonly<Record<Kind, Seats>>;

  constructor({ reading, writing, patienceMs = defaultPatienceMs }: InFlightLimits) {
    this.#users = { reading: shared(reading, patienceMs), writing: shared(writing, patienceMs) };
    this.#masters = { reading: whole(reading, patienceMs), writing: whole(writing, patienceMs) };
  }

  /**
   * Does the work of a request when it is its turn.
   * @throws {StatusError} 429 with Retry-After when it does not get one
   */
  async run<T>(
    request: ApiRequest,
    user: UserInfo,
    info: ResourceRequestInfo | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    if (info === undefined && healthPath.test(request.path)) return work();
    const all = user.groups.includes(mastersGroup) ? this.#masters : this.#users;
    const seats = request.method === 'GET' || request.method === 'HEAD' ? all.reading : all.writing;
    const width = info?.verb === 'list' ? listWidth : 1;
    const holder = holderOf(user, request);
    const isSeated =
      seats.tryTake(holder, width) || (await seats.take(holder, width, request.signal));
    if (!isSeated) throw tooMany();
    try {
      return await work();
    } finally {
      seats.leave(holder, width);
    }
  }
}

/** Strangers are told apart by their addresses, so that one who floods the login keeps nobody else from it. */
function holderOf({ username }: UserInfo, { remoteAddress }: ApiRequest): string {
  return username === anonymousUser.username ? `${username} ${remoteAddress}` : username;
}

function shared(seats: number, patienceMs: number): Seats {
  const share = Math.max(1, Math.ceil(seats / 2));
  return new Seats({ seats, share, lineLength: share, patienceMs });
}

function whole(seats: number, patienceMs: number): Seats {
  return new Seats({ seats, share: seats, lineLength: seats, patienceMs });
}

function tooMany(): StatusError {
  return new StatusError(
    failure(429, 'TooManyRequests', 'Too many requests, please try again later.', {
      retryAfterSeconds: 1,
    }),
  );
}
