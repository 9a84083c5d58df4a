import type { KubeObject } from '#src/meta/object.ts';
import type { GetFlags } from '../get-options.ts';
import { listObjects } from '../list-objects.ts';
import { preferredObject } from '../output/print.ts';
import { sortedBy } from '../output/sort-by.ts';
import { qualifiedSingular, type ResourceType, type Selection } from '../resources.ts';
import type { Session } from '../session.ts';
import { collectionOf, readNamed } from './read.ts';

interface Found {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/** Prints one named object as it is, and everything else as a list. */
export async function printObjects(
  session: Session,
  selections: readonly Selection[],
  flags: GetFlags,
): Promise<void> {
  const lists = await Promise.all(
    selections.map((selection) => readObjects(session, selection, flags)),
  );
  const found = sorted(lists.flat(), flags);
  if (found.length === 0 && flags.ignoreNotFound === true) return;
  const [first] = found;
  const isSingle = selections.length === 1 && selections[0]?.names.length === 1;
  const types = new Map(found.map(({ object, type }) => [object, qualifiedSingular(type)]));
  session.out(
    preferredObject(
      isSingle && first !== undefined ? first.object : listOf(found),
      flags.output ?? 'yaml',
      {
        nameOf: (each) => `${types.get(each) ?? ''}/${each.metadata.name ?? ''}`,
        showManagedFields: flags.showManagedFields,
        noHeaders: !flags.headers,
      },
    ),
  );
}

function listOf(found: readonly Found[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'List',
    metadata: { resourceVersion: '' },
    items: found.map(({ object }) => object),
  } as KubeObject;
}

function sorted(found: Found[], { sortBy }: GetFlags): Found[] {
  return sortBy === undefined ? found : sortedBy(found, sortBy, ({ object }) => object);
}

async function readObjects(
  session: Session,
  selection: Selection,
  flags: GetFlags,
): Promise<Found[]> {
  const { type, names } = selection;
  const objects =
    names.length > 0
      ? await readNamed<KubeObject>(session, selection, flags)
      : await listObjects(session.api(), collectionOf(session, selection, flags), {
          labels: flags.selector,
          fields: flags.fieldSelector,
        });
  return objects.map((object) => ({ type, object }));
}
