import type { Authorizer } from '#src/apiserver/authorize/authorizer.ts';
import type { AllowedRegistry } from '#src/domain/allowed-registries.ts';
import type { Retention } from '#src/domain/retention.ts';
import type { ImportMode } from '#src/domain/types.ts';
import type { UnusedCredential } from '#src/domain/views/history.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { RegistryHosts } from '#src/domain/repositories.ts';
import type { ImportWorkerAtHand } from '#src/queue/import-request.ts';
import type { LedgerRow } from '#src/store/ledger.ts';
import type { RegistryState } from '#src/store/registries.ts';
import type { Mailbox } from '#src/store/mailbox.ts';
import type { Objects } from '#src/store/objects.ts';

import type { Policy } from './rbac/policy.ts';
import type { KeyRotationDeps } from './keyrotations/resource.ts';
import type { TokenRequestDeps } from './serviceaccounts/token.ts';
import type { TokenReviewDeps } from './tokenreviews/resource.ts';
import type { PasswordRecords } from './users/password-records.ts';

/** Where import requests are announced; the queue. */
interface ImportRequests {
  /** `id` is the request's id in the mailbox. */
  enqueueRequest(id: string): Promise<void>;
}

/** What the pull secrets of a namespace say, by their names. */
export interface SecretFacts {
  /** For each pull spec those that are tried, in their order. */
  readonly tried: readonly (readonly string[])[];
  readonly unused: readonly UnusedCredential[];
}

/** What is known of tags upstream besides their streams. */
export interface UpstreamFacts {
  /** What is known of these hosts, or of all that are asked. */
  registries(hosts?: readonly string[]): Promise<readonly RegistryState[]>;
  /** The rows of the schedule of a stream. */
  checks(namespace: string, name: string): Promise<readonly LedgerRow[]>;
  secrets(namespace: string, pullSpecs: readonly string[]): Promise<SecretFacts>;
}

/** What stored kinds are made from. */
export interface StorageDeps {
  readonly objects: Objects;
  readonly mailbox: Mailbox;
  readonly importQueue: ImportRequests;
  /** Asked before the mailbox is used. */
  readonly workerAtHand?: ImportWorkerAtHand;
  /** Asked for what a user may do beyond the request itself. */
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Under which names the integrated registry is reached. */
  readonly hosts: RegistryHosts;
  /** Registries that images may come from; none means any. */
  readonly allowedRegistries: readonly AllowedRegistry[];
  /** Of tags that name none; `Legacy` when absent. */
  readonly importMode?: ImportMode;
  /** How much history the tags of streams keep that do not say it themselves; all of it when absent. */
  readonly retention?: Retention;
  /** Passwords of users; nobody can be given one without it. */
  readonly passwordRecords?: PasswordRecords;
  /** What makes tokens of service accounts; there are none without it. */
  readonly tokenRequests?: TokenRequestDeps;
  /** What makes new keys; there are no rotations without it. */
  readonly keyRotation?: KeyRotationDeps;
  /** What is told of tokens; nothing without it. */
  readonly tokenReviews?: TokenReviewDeps;
  /** For the history of streams, which tells less without it. */
  readonly upstream?: UpstreamFacts;
}

/** What the resources are made from. */
export interface ResourceDeps extends StorageDeps {
  /** The roles and bindings that the authorizer goes by. */
  readonly policy: Policy;
}
