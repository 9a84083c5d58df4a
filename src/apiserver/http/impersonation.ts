import type { IncomingHttpHeaders } from 'node:http';

import { forbidden, StatusError } from '#src/meta/status.ts';

import type { UserInfo } from '../resource.ts';

/**
 * Acting as somebody else is not supported, and ignoring the wish would do it as oneself.
 * @throws {StatusError} 403 when the request asks for it
 */
export function refuseImpersonation(headers: IncomingHttpHeaders, user: UserInfo): void {
  const asked = Object.keys(headers).some((name) => name.startsWith('impersonate-'));
  if (!asked) return;
  const name = headers['impersonate-user'];
  throw new StatusError(
    forbidden(
      { group: '', resource: 'users' },
      typeof name === 'string' ? name : '',
      `User ${JSON.stringify(user.username)} cannot impersonate resource "users" in API group "" at the cluster scope`,
    ),
  );
}
