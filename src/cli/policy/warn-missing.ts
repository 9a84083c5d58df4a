import { rbacApiVersion } from '#src/meta/rbac/types.ts';
import { StatusError } from '#src/meta/status.ts';

import type { Session } from '../session.ts';
import type { RoleChange } from './role-bindings.ts';
import { subjectsOf } from './subjects.ts';

/** Tells of a role or of targets that do not exist; they may be made later, so nothing is refused. */
export async function warnOfMissing(
  session: Session,
  change: RoleChange,
  roleNamespace: string | undefined,
): Promise<void> {
  const { roleRef, targets } = change;
  const name = roleRef.name ?? '';
  const role = roleNamespace === undefined ? 'clusterroles' : `namespaces/${roleNamespace}/roles`;
  if (await isMissing(session, `/apis/${rbacApiVersion}/${role}/${encodeURIComponent(name)}`))
    session.err(`Warning: role '${name}' not found\n`);
  for (const subject of subjectsOf(targets, session.namespace())) {
    const path = pathOf(subject);
    if (path !== undefined && (await isMissing(session, path)))
      session.err(`Warning: ${subject.kind ?? ''} '${subject.name ?? ''}' not found\n`);
  }
}

/** Names with a colon are the system's own, and nowhere to be found. */
function pathOf({
  kind,
  name = '',
  namespace = '',
}: ReturnType<typeof subjectsOf>[number]): string | undefined {
  const last = encodeURIComponent(name);
  if (kind === 'ServiceAccount')
    return `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${last}`;
  if (name.includes(':')) return undefined;
  return `/apis/user.openshift.io/v1/${kind === 'Group' ? 'groups' : 'users'}/${last}`;
}

/** Whoever may not look does not know. */
async function isMissing(session: Session, path: string): Promise<boolean> {
  try {
    await session.api().request({ method: 'GET', path });
    return false;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error.status.reason === 'NotFound';
  }
}
