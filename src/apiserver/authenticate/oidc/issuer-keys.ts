import {
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type LocalJWKSet,
} from 'jose';

import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';

import { fetchJson } from './fetch-json.ts';

export interface IssuerKeysOptions {
  readonly issuerUrl: string;
  /** PEM; the machine's own authorities when absent. */
  readonly ca?: string;
  /** Milliseconds for an answer of the issuer; 10,000 when absent. */
  readonly timeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How old keys may be before they are asked for again, in milliseconds, beside the work. */
const freshMs = 10 * 60_000;
/** Between two attempts, whatever tokens come: tokens of strangers must not make us hammer the issuer. */
const pauseMs = 30_000;
/** Until the first keys are there. */
const firstPauseMs = 5_000;
const defaultTimeoutMs = 10_000;
const maxBytes = 1024 * 1024;
/** Nobody signs with so many, and each is looked at. */
const maxKeys = 100;

/**
 * The public keys of an issuer, as its discovery document names them (OpenID Connect Discovery 1.0, 4). While the issuer
 * is away, the keys that are known stay good.
 */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #keys: LocalJWKSet | undefined;
  #loadedMs = -Infinity;
  #triedMs = -Infinity;
  #loading: Promise<void> | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /**
   * The key that a token says it is signed with.
   * @throws {JOSEError} when the issuer has no such key, or its keys cannot be had
   */
  find = async (
    header: JWTHeaderParameters,
    token: FlattenedJWSInput,
  ): Promise<Awaited<ReturnType<LocalJWKSet>>> => {
    const { clock } = this.#options;
    if (this.#keys === undefined) await this.#load(firstPauseMs);
    else if (clock.now() - this.#loadedMs > freshMs) void this.#load(pauseMs);
    if (this.#keys === undefined) throw new errors.JWKSInvalid('the keys cannot be had');
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    // The issuer may have a new key since.
    await this.#load(pauseMs);
    return this.#keys(header, token);
  };

  /** Asks once however many wait for it. Never throws. */
  #load(pause: number): Promise<void> {
    if (this.#loading !== undefined) return this.#loading;
    const { clock, logger, issuerUrl } = this.#options;
    if (clock.now() - this.#triedMs < pause) return Promise.resolve();
    this.#loading = this.#replaced()
      .catch((error: unknown) => {
        logger.warn('the keys of the token issuer cannot be had', { issuer: issuerUrl, error });
      })
      .finally(() => {
        this.#loading = undefined;
        this.#triedMs = clock.now();
      });
    return this.#loading;
  }

  async #replaced(): Promise<void> {
    this.#keys = createLocalJWKSet(await this.#fetched());
    this.#loadedMs = this.#options.clock.now();
  }

  async #fetched(): Promise<JSONWebKeySet> {
    const { issuerUrl, ca, timeoutMs = defaultTimeoutMs } = this.#options;
    const options = { timeoutMs, maxBytes, ...(ca === undefined ? {} : { ca }) };
    const address = `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { issuer, jwks_uri: uri } = objectOf(await fetchJson(address, options));
    if (issuer !== issuerUrl)
      throw new Error(`the issuer calls itself ${JSON.stringify(issuer)}, not "${issuerUrl}"`);
    if (typeof uri !== 'string' || !URL.canParse(uri) || new URL(uri).protocol !== 'https:')
      throw new Error('jwks_uri is no https URL');
    const { keys } = objectOf(await fetchJson(uri, options));
    if (!Array.isArray(keys) || keys.length > maxKeys)
      throw new Error(`the key set has no list of at most ${maxKeys} keys`);
    return { keys: keys as JSONWebKeySet['keys'] };
  }
}

function objectOf(document: unknown): Readonly<Record<string, unknown>> {
  if (typeof document !== 'object' || document === null) throw new Error('the answer is no object');
  return document as Readonly<Record<string, unknown>>;
}
