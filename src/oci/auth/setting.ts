import type { ErrorContext } from '../errors/base.ts';
import type { EventListener } from '../events.ts';
import type { HostMemory } from '../hosts/memory.ts';
import type { NetworkPolicy } from '../net/policy.ts';
import type { RawResponse } from '../net/request.ts';
import type { CredentialCandidate, CredentialTarget } from './credential.ts';
import type { ScopeSet } from './scope.ts';

/** A bearer token that is wanted. */
export interface WantedToken {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: ScopeSet;
  readonly candidate: CredentialCandidate;
}

/** What a call needs to get past 401. */
export interface AuthSetting {
  /** `https://host[:port]` and the path prefix: what lessons are kept under. */
  readonly memoryKey: string;
  readonly origin: string;
  /** The registry as references name it. */
  readonly registry: string;
  /** Who the candidates are for. */
  readonly target: CredentialTarget;
  /** Scopes the call needs; none for `/v2/` itself. */
  readonly scopes: ScopeSet;
  readonly policy: NetworkPolicy;
  readonly memory: HostMemory;
  readonly preemptive: boolean;
  /** Where and what, for errors. */
  readonly context: () => ErrorContext;
  readonly onEvent: EventListener | undefined;
  candidates(): Promise<readonly CredentialCandidate[]>;
  /** Which candidate worked last, by fingerprint. */
  readonly winner: { get(ids: string): string | undefined; set(ids: string, id: string): void };
  token(wanted: WantedToken): Promise<{ readonly value: string; readonly cached: boolean }>;
  dropToken(wanted: WantedToken, value: string): void;
  /** `GET /v2/`, to find out whether and how a registry authenticates. */
  discover(): Promise<RawResponse>;
  /** A credential is sent to the registry itself on every request. */
  basicUsed(): void;
}
