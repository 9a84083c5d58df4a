import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

import {
  signingAlgorithm,
  type SigningKey,
  type SigningKeys,
} from '#src/apiserver/authenticate/service-account-tokens.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { failure, StatusError } from '#src/meta/status.ts';
import type { Objects } from '#src/store/objects.ts';
import { StoreError } from '#src/store/store.ts';

/** Where the keys are kept, sealed; no API answers from there. */
export const signingKeysResource = 'signingkeys.sluice.dev';

/** A key with the time from which it only checks, in milliseconds since 1970. */
interface KeptKey extends SigningKey {
  readonly retiredAtMs?: number;
}

interface KeyRecord extends KubeObject {
  keys: KeptKey[];
}

const key = { resource: signingKeysResource, namespace: '', name: 'serviceaccounts' };
/** Of a write that others are always faster with. */
const maxAttempts = 5;

/** The keys that tokens of service accounts are signed with: the same for all servers of a record. */
export class RecordedSigningKeys implements SigningKeys {
  readonly #objects: Objects;
  readonly #clock: Clock;
  readonly #keepMs: number;

  /** @param keepMs how long a key checks after it signs no more: the longest life of a token */
  constructor(objects: Objects, clock: Clock, keepMs: number) {
    this.#objects = objects;
    this.#clock = clock;
    this.#keepMs = keepMs;
  }

  /** Those there are; the first call of all makes one. */
  async all(): Promise<readonly SigningKey[]> {
    return (await this.#record()).keys;
  }

  /**
   * Signs with a new key from now on; the others go on checking until the last token that they signed is over.
   * @returns the id of the new key
   */
  async rotate(): Promise<string> {
    const made = await newKey();
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const record = await this.#record();
      const now = this.#clock.now();
      const kept = record.keys
        .filter(({ retiredAtMs = now }) => retiredAtMs > now - this.#keepMs)
        .map(({ kid, publicJwk, retiredAtMs = now }) => ({ kid, publicJwk, retiredAtMs }));
      try {
        await this.#objects.update(key, { ...record, keys: [made, ...kept] });
        return made.kid;
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'Conflict')) throw error;
      }
    }
    throw new StatusError(
      failure(409, 'Conflict', 'others are changing the signing keys; try again'),
    );
  }

  async #record(): Promise<KeyRecord> {
    const found = await this.#objects.get<KeyRecord>(key);
    if (found !== undefined) return found;
    const first: KeyRecord = { metadata: { name: key.name }, keys: [await newKey()] };
    try {
      return await this.#objects.create(key, first);
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'KeyExists')) throw error;
    }
    const made = await this.#objects.get<KeyRecord>(key);
    if (made === undefined) throw new Error('another server made a signing key, and it is gone');
    return made;
  }
}

async function newKey(): Promise<KeptKey> {
  const { publicKey, privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const privateJwk = await exportJWK(privateKey);
  return { kid: await calculateJwkThumbprint(publicJwk), publicJwk, privateJwk };
}
