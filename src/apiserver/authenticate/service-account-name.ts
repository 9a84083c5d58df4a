/** A service account, by its place. */
export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

const prefix = 'system:serviceaccount:';

/** The name that a service account is known by as a user. */
export function serviceAccountUserName({ namespace, name }: ServiceAccountName): string {
  return `${prefix}${namespace}:${name}`;
}

/** The service account behind the name of a user; `undefined` when it is somebody else. */
export function serviceAccountOf(username: string): ServiceAccountName | undefined {
  if (!username.startsWith(prefix)) return undefined;
  const [namespace = '', name = '', ...more] = username.slice(prefix.length).split(':');
  return namespace === '' || name === '' || more.length > 0 ? undefined : { namespace, name };
}

/** The groups of all service accounts, and of those of a namespace. */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}
