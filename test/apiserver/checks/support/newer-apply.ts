/** What `kubectl apply` of 1.32 was recorded to send where older ones send something else, or nothing. */
import { expect } from 'vitest';

import { coreIn, streamsIn, type StreamDocument } from './objects.ts';
import type { Program } from './program.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The patch of a stream whose tags `left` stay applied and whose tags `gone` no longer are. */
export async function applyFewerTags(
  api: Program,
  path: string,
  next: StreamDocument,
  { left, gone }: { readonly left: readonly string[]; readonly gone: readonly string[] },
): Promise<void> {
  const patch = {
    metadata: { annotations: { [lastApplied]: JSON.stringify(next) } },
    spec: {
      '$setElementOrder/tags': left.map((name) => ({ name })),
      tags: gone.map((name) => ({ $patch: 'delete', name })),
    },
  };
  const { status } = await api.patch(path, patch, 'strategic-merge-patch+json');
  expect(status).toBe(200);
}

interface Entry {
  readonly manager: string;
  readonly fieldsV1: object;
}

/** What follows the first `apply --server-side` of what `apply` made: its fields become those of `kubectl`. */
export async function takeOver(api: Program, path: string): Promise<void> {
  const { json: live } = await api.get(path);
  const { name, namespace, annotations } = live.metadata;
  const { apiVersion, kind } = live;
  const kept = await serverSideApply(api, path, 'kubectl-last-applied', {
    apiVersion,
    kind,
    metadata: { name, namespace, annotations: { [lastApplied]: annotations[lastApplied] } },
  });
  const entries: readonly Entry[] = kept.metadata.managedFields;
  const byManager = (manager: string): Entry => entries.find((each) => each.manager === manager)!;
  // What `apply` owned holds everything of `kubectl`, which applied the same.
  const { fieldsV1 } = byManager('kubectl-client-side-apply');
  const value = [{ ...byManager('kubectl'), fieldsV1 }, byManager('kubectl-last-applied')];
  const patch = [
    { op: 'replace', path: '/metadata/managedFields', value },
    { op: 'replace', path: '/metadata/resourceVersion', value: kept.metadata.resourceVersion },
  ];
  const { status } = await api.patch(`${path}?fieldManager=kubectl`, patch, 'json-patch+json');
  expect(status).toBe(200);
}

/** `apply --prune --applyset=configmap/set --server-side` of streams; answers the names of what was pruned. */
export async function applySet(
  api: Program,
  namespace: string,
  streams: readonly StreamDocument[],
): Promise<string[]> {
  const id = 'applyset-wJ09oSsjdXnJISxF8wpIXGC_mm1W0QC7xRESC5L9INg-v1';
  const set = {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: {
      name: 'set',
      namespace,
      creationTimestamp: null,
      labels: { 'applyset.kubernetes.io/id': id },
      annotations: {
        'applyset.kubernetes.io/additional-namespaces': '',
        'applyset.kubernetes.io/contains-group-kinds': 'ImageStream.image.openshift.io',
        'applyset.kubernetes.io/tooling': 'kubectl/v1.32.4',
      },
    },
  };
  const parent = coreIn(namespace, 'configmaps', 'set');
  await serverSideApply(api, parent, 'kubectl-applyset', set);
  for (const { metadata, ...rest } of streams)
    await serverSideApply(api, streamsIn(namespace, metadata.name), 'kubectl', {
      ...rest,
      metadata: { ...metadata, namespace, labels: { 'applyset.kubernetes.io/part-of': id } },
    });
  const members = await api.get(
    `${streamsIn(namespace)}?labelSelector=applyset.kubernetes.io%2Fpart-of%3D${id}`,
  );
  const names: string[] = members.json.items.map((each: StreamDocument) => each.metadata.name);
  const pruned = names.filter((name) => !streams.some(({ metadata }) => metadata.name === name));
  for (const name of pruned) {
    const { status } = await api.delete(streamsIn(namespace, name), {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
    });
    expect(status).toBe(200);
  }
  await serverSideApply(api, parent, 'kubectl-applyset', set);
  return pruned;
}

async function serverSideApply(
  api: Program,
  path: string,
  manager: string,
  body: object,
): Promise<Awaited<ReturnType<Program['get']>>['json']> {
  const query = `fieldManager=${manager}&fieldValidation=Strict&force=false`;
  const { status, json } = await api.patch(`${path}?${query}`, body, 'apply-patch+yaml');
  expect([200, 201]).toContain(status);
  return json;
}
