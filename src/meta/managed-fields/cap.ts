import { type ManagedFields, managerKey, writerOf } from './entries.ts';
import { FieldSet } from './field-set.ts';

/** Most managers that are kept apart of those that update (kube-apiserver's number); appliers do not count. */
const maxUpdateManagers = 10;
/** The manager that stands for those that wrote longest ago. */
const oldUpdates = 'ancient-changes';

/**
 * Ownership with no more updating managers than are kept apart: the oldest of each apiVersion are merged into one, so
 * that an object that many programs touch once does not grow for ever (kube-apiserver's capManagersManager).
 */
export function capManagers({ managers, times }: ManagedFields): ManagedFields {
  const updaters = [...managers.keys()].filter((key) => writerOf(key).operation === 'Update');
  let excess = updaters.length - maxUpdateManagers;
  if (excess <= 0) return { managers, times };
  const capped = { managers: new Map(managers), times: new Map(times) };
  /** Of each apiVersion, the bucket, or the first manager as long as it is alone. */
  const buckets = new Map<string, string>();
  for (const key of updaters.toSorted((a, b) => compareAge(times, a, b))) {
    const { apiVersion } = writerOf(key);
    const first = buckets.get(apiVersion);
    if (first === undefined) buckets.set(apiVersion, key);
    else {
      buckets.set(apiVersion, mergeInto(capped, first, key));
      excess -= 1;
    }
    if (excess <= 0) break;
  }
  return capped;
}

interface Capped {
  readonly managers: Map<string, FieldSet>;
  readonly times: Map<string, string>;
}

/** Merges two managers of one apiVersion into its bucket; answers the bucket. */
function mergeInto({ managers, times }: Capped, older: string, newer: string): string {
  const { apiVersion } = writerOf(newer);
  const bucket = managerKey({
    manager: oldUpdates,
    operation: 'Update',
    apiVersion,
    subresource: '',
  });
  const sets = [bucket, older, newer].map((key) => managers.get(key) ?? new FieldSet());
  const time = times.get(newer);
  managers.delete(older);
  managers.delete(newer);
  managers.set(
    bucket,
    sets.reduce((all, each) => all.union(each)),
  );
  if (time !== undefined) times.set(bucket, time);
  return bucket;
}

function compareAge(times: ReadonlyMap<string, string>, a: string, b: string): number {
  const [left, right] = [times.get(a) ?? '', times.get(b) ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return a < b ? -1 : 1;
}
