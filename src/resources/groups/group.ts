import type { UserInfo } from '#src/apiserver/resource.ts';
import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import type { Account } from '#src/apiserver/oauth/grants.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';

import { accountNameFieldErrors, userGroup, userKey, type User } from '../users/user.ts';

/** user.openshift.io/v1 Group. */
export interface Group extends KubeObject {
  /** Names of users. */
  users: string[] | null;
}

export const groupRange = { resource: `groups.${userGroup}` };

/** The rules of user.openshift.io/v1 Groups. */
export const groupStrategy: Strategy<Group> = {
  namespaced: false,
  allowUnconditionalUpdate: false,
  prepareForCreate: prepared,
  validateCreate: accountNameFieldErrors,
  prepareForUpdate: prepared,
  validateUpdate: () => [],
};

function prepared(group: Group): Group {
  return { ...group, users: group.users ?? null };
}

/** A user of the record with the groups that name it; `undefined` when there is none, or another one of the name. */
export async function userInfoOf(
  objects: Objects,
  { username, uid }: Account,
): Promise<UserInfo | undefined> {
  const [user, groups] = await Promise.all([
    objects.get<User>(userKey(username)),
    objects.list<Group>(groupRange),
  ]);
  if (user === undefined || user.metadata.uid !== uid) return undefined;
  const names = groups.items
    .filter((group) => group.users?.includes(username) === true)
    .map(({ metadata }) => metadata.name ?? '');
  return { username, uid, groups: names };
}
