/** `kubectl wait`, and for a kubectl that cannot wait for these things the requests that kubectl 1.32 sends. */
import { expect } from 'vitest';

import { kubectlHas } from '#test/support/services/kubectl.ts';

import type { Answer } from '../../support/http.ts';
import type { Program } from './program.ts';

export interface Waited {
  /** Of the collection: `/api/v1/namespaces/a/configmaps`. */
  readonly path: string;
  /** As kubectl names the object: `cm/a`. */
  readonly object: string;
}

export interface Value extends Waited {
  /** `{.data.x}=7` */
  readonly jsonPath: string;
  readonly isThere: (object: Answer['json']) => boolean;
  /** Lists with a watch that begins with what is there. */
  readonly watchList?: boolean;
}

const timeout = 20_000;

/** Waits until a value is there. */
export async function waitForValue(api: Program, value: Value): Promise<void> {
  const { jsonPath, isThere, watchList = false } = value;
  if (await kubectlHas(watchList ? 'watch lists' : 'wait --for=jsonpath'))
    return kubectlWait(api, value, `jsonpath=${jsonPath}`, watchList);
  if (!watchList)
    return watched(api, value, (type, object) => type !== 'DELETED' && isThere(object));
  const from = 'resourceVersionMatch=NotOlderThan&sendInitialEvents=true';
  return watchedFrom(api, value, from, (_type, object) => isThere(object));
}

/** Waits until an object is gone. Older kubectls take it for an error when it is so from the beginning. */
export async function waitForDeletion(api: Program, waited: Waited): Promise<void> {
  if (await kubectlHas('wait --for=delete of nothing')) return kubectlWait(api, waited, 'delete');
  return watched(api, waited, (type) => type === 'DELETED');
}

/** Waits until an object is there. */
export async function waitForCreation(api: Program, waited: Waited): Promise<void> {
  if (await kubectlHas('wait --for=create')) return kubectlWait(api, waited, 'create');
  const path = `${waited.path}/${nameOf(waited)}`;
  const asked = async (): Promise<number> => (await api.get(path)).status;
  await expect.poll(asked, { timeout, interval: 500 }).toBe(200);
}

async function kubectlWait(
  api: Program,
  { path, object }: Waited,
  condition: string,
  watchList = false,
): Promise<void> {
  const [, namespace] = /\/namespaces\/([^/]+)\//u.exec(path) ?? [];
  const flags = [`--for=${condition}`, `--timeout=${timeout / 1000}s`];
  const ran = await api.kubectl(
    [...(namespace === undefined ? [] : ['-n', namespace]), 'wait', object, ...flags],
    { env: { KUBE_FEATURE_WatchListClient: String(watchList) } },
  );
  expect(ran).toMatchObject({ exitCode: 0 });
}

type Condition = (type: string, object: Answer['json']) => boolean;

/** Asks for a list, and then for a watch. */
async function watched(api: Program, waited: Waited, isMet: Condition): Promise<void> {
  const { json } = await api.get(
    `${waited.path}?${selectorOf(waited)}&limit=500&resourceVersion=0`,
  );
  const { items, metadata } = json;
  const isGone = items.length === 0 && isMet('DELETED', undefined);
  if (isGone || items.some((object: unknown) => isMet('ADDED', object))) return;
  await watchedFrom(api, waited, `resourceVersion=${metadata.resourceVersion}`, isMet);
}

async function watchedFrom(
  api: Program,
  waited: Waited,
  from: string,
  isMet: Condition,
): Promise<void> {
  const watch = await api.watch(
    `${waited.path}?allowWatchBookmarks=true&${selectorOf(waited)}&${from}&timeoutSeconds=300&watch=true`,
  );
  try {
    const isSeen = (): boolean => watch.events.some(({ type, object }) => isMet(type, object));
    await expect.poll(isSeen, { timeout }).toBe(true);
  } finally {
    watch.stop();
  }
}

function nameOf({ object }: Waited): string {
  return object.slice(object.indexOf('/') + 1);
}

function selectorOf(waited: Waited): string {
  return `fieldSelector=metadata.name%3D${nameOf(waited)}`;
}
