import { type Authorizer, unionAuthorizer } from '#src/apiserver/authorize/authorizer.ts';
import { mastersAuthorizer, publicPathsAuthorizer } from '#src/apiserver/authorize/built-in.ts';
import { rbacAuthorizer } from '#src/apiserver/authorize/rbac/rbac-authorizer.ts';
import { reconcileDefaultPolicy } from '#src/resources/rbac/bootstrap/reconcile.ts';
import { followPolicy, type Policy, type PolicyOptions } from '#src/resources/rbac/policy.ts';

/** Who may do what, by the roles and bindings of the record. */
export interface Authorization {
  readonly authorizer: Authorizer;
  readonly policy: Policy;
}

/** Makes the default roles and bindings where they are missing, and follows all of them from then on. */
export async function createAuthorization(options: PolicyOptions): Promise<Authorization> {
  await reconcileDefaultPolicy(options.objects, options.clock);
  const policy = await followPolicy(options);
  const authorizer = unionAuthorizer([
    mastersAuthorizer,
    publicPathsAuthorizer,
    rbacAuthorizer(policy),
  ]);
  return { authorizer, policy };
}
