import type { NamespacePhase } from '#src/apiserver/generic/strategy.ts';
import type { Clock } from '#src/lib/clock.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import type { Key } from '#src/store/store.ts';
import { StoreError } from '#src/store/store.ts';
import type { Objects } from '#src/store/objects.ts';

import { contentFinalizer, type Namespace } from './strategy.ts';

/** What becomes of a namespace, for writes into it. */
export async function namespacePhase(objects: Objects, name: string): Promise<NamespacePhase> {
  const namespace = await objects.get<Namespace>(namespaceKey(name));
  if (namespace === undefined) return undefined;
  return namespace.metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating';
}

/** Makes a namespace unless there is one; the server calls it for `default` at its start. */
export async function ensureNamespace(objects: Objects, clock: Clock, name: string): Promise<void> {
  const key = namespaceKey(name);
  if ((await objects.get(key)) !== undefined) return;
  const namespace: Namespace = {
    kind: 'Namespace',
    apiVersion: 'v1',
    metadata: {
      name,
      uid: crypto.randomUUID(),
      creationTimestamp: rfc3339(clock.now()),
      labels: { 'kubernetes.io/metadata.name': name },
    },
    spec: { finalizers: [contentFinalizer] },
    status: { phase: 'Active' },
  };
  try {
    await objects.create(key, namespace);
  } catch (error) {
    // Another server that starts at the same time was faster.
    if (!(error instanceof StoreError && error.code === 'KeyExists')) throw error;
  }
}

function namespaceKey(name: string): Key {
  return { resource: 'namespaces', namespace: '', name };
}
