import type { Challenge } from '../auth/challenge.ts';
import type { CredentialSource } from '../auth/credential.ts';
import type { CallOptions } from '../content/types.ts';
import type { EventListener } from '../events.ts';
import type { HostConfigSource } from '../hosts/config.ts';
import type { LaneOptions, RetryPolicy } from '../net/lane-options.ts';
import type { Limits } from '../net/limits.ts';
import type { NetworkPolicy } from '../net/policy.ts';
import type { SharedBudget, SharedLessons } from '../net/shared-budget.ts';
import type { RepositoryName } from '../ref/reference.ts';
import type { Repository } from './types.ts';

export interface ClientOptions {
  /** Sent as `User-Agent`. */
  readonly userAgent: string;
  /** Default: none. */
  readonly credentials?: CredentialSource;
  /** Default: https, no mirrors. */
  readonly hosts?: HostConfigSource;
  readonly network?: NetworkPolicy;
  readonly limits?: Partial<Limits>;
  readonly retry?: Partial<RetryPolicy>;
  readonly lanes?: Partial<LaneOptions>;
  readonly onEvent?: EventListener;
  /** Default: nobody else asks. */
  readonly shared?: SharedBudget;
  readonly lessons?: SharedLessons;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
  /** In [0, 1); for tests. */
  readonly random?: () => number;
}

/** What a client of its own may have, everything else being shared. */
export interface IdentityOptions {
  readonly credentials?: CredentialSource;
  readonly hosts?: HostConfigSource;
  readonly network?: NetworkPolicy;
  /**
   * Repositories of the same registry that are asked for together with this one, with the same credentials: one token is
   * wanted for all of them. Default: this one alone.
   */
  readonly tokenGroups?: (name: RepositoryName) => readonly string[] | undefined;
}

export interface PingResult {
  readonly api: 'v2' | 'unknown';
  readonly challenges: readonly Challenge[];
  readonly scheme: 'https' | 'http';
}

/** Asks registries. One a process; it owns connections until it is closed. */
export interface Client extends AsyncDisposable {
  /**
   * A repository; nothing is asked yet.
   * @throws {InvalidReferenceError} when it is no reference
   */
  repository(reference: string | RepositoryName): Repository;
  /** `GET /v2/`. */
  ping(registry: string, options?: CallOptions): Promise<PingResult>;
  /** Same connections and lanes, another identity: one for each tenant or job. Closing it does nothing. */
  with(options: IdentityOptions): Client;
  /** Closes all connections; calls under way fail. */
  close(): Promise<void>;
}
