import type { Authorizer } from '#src/apiserver/authorize/authorizer.ts';
import type { UserInfo } from '#src/apiserver/resource.ts';

/** Whether a user sees a project: whoever may get its namespace does. */
export async function seesProject(
  authorizer: Authorizer,
  user: UserInfo,
  name: string,
): Promise<boolean> {
  const { decision } = await authorizer.authorize({
    user,
    verb: 'get',
    resourceRequest: true,
    group: '',
    resource: 'namespaces',
    subresource: '',
    name,
    namespace: name,
    path: '',
  });
  return decision === 'allow';
}

/** Those of the named things that a user sees. */
export async function visibleTo<T extends { readonly metadata: { readonly name?: string } }>(
  authorizer: Authorizer,
  user: UserInfo,
  namespaces: readonly T[],
): Promise<T[]> {
  const sees = await Promise.all(
    namespaces.map(({ metadata: { name = '' } }) => seesProject(authorizer, user, name)),
  );
  return namespaces.filter((_, index) => sees[index]);
}
