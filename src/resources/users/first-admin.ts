import { rfc3339, type Clock } from '#src/lib/clock.ts';
import { type Binding, rbacApiVersion, rbacGroup } from '#src/meta/rbac/types.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';
import { type Key, StoreError } from '#src/store/store.ts';

import { policyResources } from '../rbac/policy.ts';
import type { PasswordRecords } from './password-records.ts';
import { userGroup, userKey, type User } from './user.ts';

const name = 'admin';

/**
 * Gives the user `admin` a password and the role `cluster-admin`, unless it has a password already: what the administrator
 * changed later stays.
 * @returns whether it did
 */
export async function ensureFirstAdmin(
  { objects, clock }: { readonly objects: Objects; readonly clock: Clock },
  records: PasswordRecords,
  password: string,
): Promise<boolean> {
  const metadata = {
    name,
    uid: crypto.randomUUID(),
    creationTimestamp: rfc3339(clock.now()),
  };
  const user: User = {
    kind: 'User',
    apiVersion: `${userGroup}/v1`,
    metadata,
    identities: null,
    groups: null,
  };
  await createUnlessThere(objects, userKey(name), user);
  const { uid = '' } = (await objects.get<User>(userKey(name)))?.metadata ?? {};
  if (await records.has({ username: name, uid })) return false;
  const binding: Binding = {
    kind: 'ClusterRoleBinding',
    apiVersion: rbacApiVersion,
    metadata: { ...metadata, name: 'sluice-admin', uid: crypto.randomUUID() },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'User', apiGroup: rbacGroup, name }],
  };
  const resource = policyResources.clusterRoleBindings;
  await createUnlessThere(objects, { resource, namespace: '', name: 'sluice-admin' }, binding);
  await records.set({ username: name, uid }, password);
  return true;
}

async function createUnlessThere(objects: Objects, key: Key, object: KubeObject): Promise<void> {
  try {
    await objects.create(key, object);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'KeyExists')) throw error;
  }
}
