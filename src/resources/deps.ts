import type { UserInfo } from '#src/apiserver/resource.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { RegistryHosts } from '#src/domain/repositories.ts';
import type { Mailbox } from '#src/store/mailbox.ts';
import type { Objects } from '#src/store/objects.ts';

/** What an access review asks: may a user do this? */
export interface AccessQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Empty for the whole cluster. */
  readonly namespace: string;
  readonly name?: string;
}

export interface AccessAnswer {
  readonly allowed: boolean;
  readonly reason?: string;
  readonly evaluationError?: string;
}

/** Answers access reviews; the API server's authorizer. */
export interface AccessReviewer {
  review(user: UserInfo, question: AccessQuestion): Promise<AccessAnswer>;
}

/** Where import requests are announced; the queue. */
export interface ImportRequests {
  /** `id` is the request's id in the mailbox. */
  enqueueRequest(id: string): Promise<void>;
}

/** What the resources are made from. */
export interface ResourceDeps {
  readonly objects: Objects;
  readonly mailbox: Mailbox;
  readonly importQueue: ImportRequests;
  readonly reviewer: AccessReviewer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Under which names the integrated registry is reached. */
  readonly hosts: RegistryHosts;
}
