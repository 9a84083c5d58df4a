import { type Attributes, type Authorizer, type Decision, noOpinion } from './authorizer.ts';

/** The group that may do everything, so that nobody can lock the administrator out. */
export const mastersGroup = 'system:masters';

/** Allows members of `system:masters` everything. */
export const mastersAuthorizer: Authorizer = {
  authorize: ({ user }) => Promise.resolve(user.groups.includes(mastersGroup) ? allow : noOpinion),
};

/** Paths that anybody may read whatever the roles say: probes must never fail for want of a role. */
const publicPaths: readonly string[] = ['/healthz', '/livez', '/readyz'];

/** Allows everybody to ask for health, and for the list of paths. */
export const publicPathsAuthorizer: Authorizer = {
  authorize: (attributes) => Promise.resolve(isPublic(attributes) ? allow : noOpinion),
};

function isPublic({ resourceRequest, verb, path }: Attributes): boolean {
  if (resourceRequest || (verb !== 'get' && verb !== 'head')) return false;
  return path === '/' || publicPaths.some((root) => path === root || path.startsWith(`${root}/`));
}

const allow: Decision = { decision: 'allow', reason: '' };
