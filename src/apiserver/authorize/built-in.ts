import { type Attributes, type Authorizer, type Decision, noOpinion } from './authorizer.ts';

/** The group that may do everything, so that nobody can lock the administrator out. */
export const mastersGroup = 'system:masters';

/** Allows members of `system:masters` everything. */
export const mastersAuthorizer: Authorizer = {
  authorize: ({ user }) => Promise.resolve(user.groups.includes(mastersGroup) ? allow : noOpinion),
};

/** Paths that anybody may read, as with Kubernetes' `system:public-info-viewer`. */
const publicPaths: readonly string[] = ['/healthz', '/livez', '/readyz', '/version'];
/** Paths that every user may read, as with `system:discovery`. */
const discoveryPaths: readonly string[] = ['/api', '/apis', '/openapi'];

/** Allows everybody to ask for health and version, and every user to discover what is served. */
export const discoveryAuthorizer: Authorizer = {
  authorize: (attributes) => Promise.resolve(discoveryDecision(attributes)),
};

function discoveryDecision({ resourceRequest, verb, path, user }: Attributes): Decision {
  if (resourceRequest || (verb !== 'get' && verb !== 'head')) return noOpinion;
  if (path === '/' || within(path, publicPaths)) return allow;
  const known = user.groups.includes('system:authenticated');
  return known && within(path, discoveryPaths) ? allow : noOpinion;
}

function within(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(`${root}/`));
}

const allow: Decision = { decision: 'allow', reason: '' };
