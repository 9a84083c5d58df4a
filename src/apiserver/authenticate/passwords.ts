import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

import { failure, StatusError } from '#src/meta/status.ts';

/** The cost of scrypt (RFC 7914): memory is 128·N·r bytes. */
export interface ScryptCost {
  /** A power of two. */
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** What is kept instead of a password, with everything that is needed to check one against it. */
export interface PasswordHash extends ScryptCost {
  readonly algorithm: 'scrypt';
  /** 16 random bytes, base64. */
  readonly salt: string;
  /** 32 bytes, base64. */
  readonly hash: string;
}

/** 32 MiB and some 200 ms of one core: what OWASP's password storage cheat sheet names for N = 2^15. */
export const passwordCost: ScryptCost = { n: 2 ** 15, r: 8, p: 3 };

const saltBytes = 16;
const hashBytes = 32;
/** Longer ones are refused before anything is computed of them. */
export const maxPasswordBytes = 1024;

/** Hashes passwords, a few at a time: each takes memory and a core, and whoever logs in has proved nothing yet. */
export class Passwords {
  readonly #cost: ScryptCost;
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  readonly #maxWaiting: number;
  readonly #nobody: PasswordHash;
  #running = 0;

  constructor(
    cost: ScryptCost = passwordCost,
    {
      atOnce = 2,
      maxWaiting = 64,
    }: { readonly atOnce?: number; readonly maxWaiting?: number } = {},
  ) {
    this.#cost = cost;
    this.#atOnce = atOnce;
    this.#maxWaiting = maxWaiting;
    this.#nobody = {
      algorithm: 'scrypt',
      ...cost,
      salt: randomBytes(saltBytes).toString('base64'),
      hash: randomBytes(hashBytes).toString('base64'),
    };
  }

  /** @throws {StatusError} 429 when too many are computed already */
  async hash(password: string): Promise<PasswordHash> {
    const salt = randomBytes(saltBytes);
    const hash = await this.#derive(password, salt, this.#cost);
    return {
      algorithm: 'scrypt',
      ...this.#cost,
      salt: salt.toString('base64'),
      hash: hash.toString('base64'),
    };
  }

  /**
   * Whether it is the password. Takes as long for somebody who has none.
   * @throws {StatusError} 429 when too many are computed already
   */
  async verify(password: string, known: PasswordHash | undefined): Promise<boolean> {
    const against = known ?? this.#nobody;
    const isTooLong = Buffer.byteLength(password) > maxPasswordBytes;
    const hash = await this.#derive(
      isTooLong ? '' : password,
      Buffer.from(against.salt, 'base64'),
      against,
    );
    const isEqual = timingSafeEqual(hash, Buffer.from(against.hash, 'base64'));
    return isEqual && known !== undefined && !isTooLong;
  }

  /** Whether a hash was made at another cost than passwords are hashed at today. */
  isOutdated({ n, r, p }: PasswordHash): boolean {
    return n !== this.#cost.n || r !== this.#cost.r || p !== this.#cost.p;
  }

  async #derive(password: string, salt: Buffer, { n, r, p }: ScryptCost): Promise<Buffer> {
    await this.#turn();
    try {
      return await new Promise((resolve, reject) => {
        // The same characters can be typed in several ways (RFC 8265, 4.1).
        const text = password.normalize('NFC');
        const options = { N: n, r, p, maxmem: 256 * n * r };
        scrypt(text, salt, hashBytes, options, (error, key) => {
          if (error === null) resolve(key);
          else reject(error);
        });
      });
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    while (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#maxWaiting) throw busy();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#running += 1;
  }
}

function busy(): StatusError {
  return new StatusError(
    failure(429, 'TooManyRequests', 'Too many people are logging in, please try again later.', {
      retryAfterSeconds: 1,
    }),
  );
}
