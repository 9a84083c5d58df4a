import type { UserInfo } from '../resource.ts';

/** What somebody wants to do, after k8s.io/apiserver's authorizer.Attributes. */
export interface Attributes {
  readonly user: UserInfo;
  /** A resource verb, or the lower-case HTTP method for a path that is no resource. */
  readonly verb: string;
  /** False for paths such as `/metrics`, of which only `path` counts. */
  readonly resourceRequest: boolean;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty when it is not known yet (create) or not about one object (list). */
  readonly name: string;
  /** Empty for cluster scope and for all namespaces. */
  readonly namespace: string;
  readonly path: string;
}

/** `none` leaves the decision to the next authorizer; when nobody allows, the request is forbidden. */
export interface Decision {
  readonly decision: 'allow' | 'deny' | 'none';
  /** Shown to the user behind the message of a refusal; may be empty. */
  readonly reason: string;
}

export interface Authorizer {
  authorize(attributes: Attributes): Promise<Decision>;
}

export const noOpinion: Decision = { decision: 'none', reason: '' };

/** Asks the authorizers in order until one allows or denies; the reasons of the others are collected. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    async authorize(attributes): Promise<Decision> {
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const decision = await authorizer.authorize(attributes);
        if (decision.decision !== 'none') return decision;
        if (decision.reason !== '') reasons.push(decision.reason);
      }
      return { decision: 'none', reason: reasons.join('\n') };
    },
  };
}
