import { badRequest, StatusError } from '#src/meta/status.ts';

import { anonymousUser, authenticatedGroup, headerValues } from '../authenticate/authenticator.ts';
import { extraOf } from '../authenticate/extra-headers.ts';
import { serviceAccountGroups, serviceAccountOf } from '../authenticate/service-account-name.ts';
import type { Attributes, Authorizer } from '../authorize/authorizer.ts';
import { requireAllowed } from '../authorize/forbidden.ts';
import type { UserInfo } from '../resource.ts';
import type { ApiRequest } from './messages.ts';

const prefix = 'impersonate-';
const extraPrefix = 'impersonate-extra-';
const authenticationGroup = 'authentication.k8s.io';

/** One thing that must be allowed to act as somebody. */
type Question = Pick<Attributes, 'group' | 'resource' | 'subresource' | 'name' | 'namespace'>;

/**
 * Whom a request acts as: whoever its `Impersonate-…` headers name, else whoever sent it. The user, each group, the uid
 * and each extra value must be allowed on its own, by the verb `impersonate`; so nobody comes to a group that they may
 * not act for.
 * @throws {StatusError} 403 in the words of kube-apiserver, 400 when no user is named
 */
export async function impersonated(
  authorizer: Authorizer,
  request: Pick<ApiRequest, 'headers' | 'rawHeaders' | 'path'>,
  user: UserInfo,
): Promise<UserInfo> {
  if (!Object.keys(request.headers).some((name) => name.startsWith(prefix))) return user;
  const wanted = wantedUser(request);
  for (const question of questionsOf(wanted)) {
    await requireAllowed(authorizer, {
      ...question,
      user,
      verb: 'impersonate',
      resourceRequest: true,
      path: request.path,
    });
  }
  return withUsualGroups(wanted);
}

function wantedUser(request: Pick<ApiRequest, 'headers' | 'rawHeaders'>): UserInfo {
  const [username = '', ...others] = headerValues(request, 'impersonate-user');
  if (others.length > 0)
    throw new StatusError(badRequest('Impersonate-User must stand once in a request'));
  if (username === '')
    throw new StatusError(
      badRequest('groups, a uid or extras can only be impersonated together with Impersonate-User'),
    );
  const [uid = ''] = headerValues(request, 'impersonate-uid');
  return {
    username,
    groups: headerValues(request, 'impersonate-group'),
    ...(uid === '' ? {} : { uid }),
    ...extraOf(request, extraPrefix),
  };
}

function questionsOf({ username, uid, groups, extra = {} }: UserInfo): Question[] {
  const account = serviceAccountOf(username);
  const who: Question =
    account === undefined
      ? about('users', username)
      : { ...about('serviceaccounts', account.name), namespace: account.namespace };
  return [
    who,
    ...groups.map((group) => about('groups', group)),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({
        ...about('userextras', value, authenticationGroup),
        subresource: key,
      })),
    ),
    ...(uid === undefined ? [] : [about('uids', uid, authenticationGroup)]),
  ];
}

function about(resource: string, name: string, group = ''): Question {
  return { group, resource, subresource: '', name, namespace: '' };
}

/** The groups that everybody of the kind is in, unless groups were named that say otherwise. */
function withUsualGroups(user: UserInfo): UserInfo {
  const account = serviceAccountOf(user.username);
  const groups =
    account !== undefined && user.groups.length === 0
      ? serviceAccountGroups(account.namespace)
      : user.groups;
  const [unauthenticated = ''] = anonymousUser.groups;
  const isAnonymous = user.username === anonymousUser.username;
  const usual = isAnonymous ? unauthenticated : authenticatedGroup;
  const isSaid = groups.includes(usual) || (!isAnonymous && groups.includes(unauthenticated));
  return { ...user, groups: isSaid ? groups : [...groups, usual] };
}
