import type { Authorizer } from '#src/apiserver/authorize/authorizer.ts';
import type { AllowedRegistry } from '#src/domain/allowed-registries.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { RegistryHosts } from '#src/domain/repositories.ts';
import type { Mailbox } from '#src/store/mailbox.ts';
import type { Objects } from '#src/store/objects.ts';

/** Where import requests are announced; the queue. */
interface ImportRequests {
  /** `id` is the request's id in the mailbox. */
  enqueueRequest(id: string): Promise<void>;
}

/** What the resources are made from. */
export interface ResourceDeps {
  readonly objects: Objects;
  readonly mailbox: Mailbox;
  readonly importQueue: ImportRequests;
  /** Asked for what a user may do beyond the request itself. */
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Under which names the integrated registry is reached. */
  readonly hosts: RegistryHosts;
  /** Registries that images may come from; none means any. */
  readonly allowedRegistries: readonly AllowedRegistry[];
}
