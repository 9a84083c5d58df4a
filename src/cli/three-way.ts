/**
 * The patch of a client-side apply, as kubectl makes it: what the file says and the live object does not, without what
 * an earlier file said and this one leaves out. Strategic: the tags of an image stream are matched by their names.
 */

type Fields = Readonly<Record<string, unknown>>;

/** The three versions of one value. */
export interface ThreeWay {
  /** What the last apply said; undefined when there was none. */
  readonly last: unknown;
  readonly wanted: Fields;
  readonly live: Fields;
}

/** Lists whose items are matched by `name` (patchMergeKey of openshift/api image/v1). */
const namedLists: ReadonlySet<string> = new Set(['spec.tags']);

/** The strategic merge patch that makes `live` what is wanted; empty when it already is. */
export function threeWayPatch(versions: ThreeWay): Record<string, unknown> {
  return objectPatch(versions, '');
}

function objectPatch({ last, wanted, live }: ThreeWay, path: string): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const lastFields = isFields(last) ? last : {};
  for (const [key, value] of Object.entries(wanted)) {
    const at = path === '' ? key : `${path}.${key}`;
    Object.assign(patch, fieldPatch(key, { last: lastFields[key], value, live: live[key] }, at));
  }
  for (const key of Object.keys(lastFields))
    if (!(key in wanted) && live[key] !== undefined && live[key] !== null) patch[key] = null;
  return patch;
}

interface Field {
  readonly last: unknown;
  readonly value: unknown;
  readonly live: unknown;
}

function fieldPatch(key: string, { last, value, live }: Field, path: string): Fields {
  if (isFields(value) && isFields(live)) {
    const inner = objectPatch({ last, wanted: value, live }, path);
    return Object.keys(inner).length === 0 ? {} : { [key]: inner };
  }
  if (namedLists.has(path) && isNamed(value) && isNamed(live))
    return namedListPatch(key, { last: isNamed(last) ? last : [], wanted: value, live }, path);
  return sameJson(value, live) ? {} : { [key]: value };
}

interface Named extends Fields {
  readonly name: string;
}

function namedListPatch(
  key: string,
  lists: {
    readonly last: readonly Named[];
    readonly wanted: readonly Named[];
    readonly live: readonly Named[];
  },
  path: string,
): Fields {
  const changed = lists.wanted.flatMap((wanted) => {
    const live = lists.live.find(({ name }) => name === wanted.name);
    if (live === undefined) return [wanted];
    const last = lists.last.find(({ name }) => name === wanted.name);
    const patch = objectPatch({ last, wanted, live }, `${path}[]`);
    return Object.keys(patch).length === 0 ? [] : [{ ...patch, name: wanted.name }];
  });
  const wantedNames = new Set(lists.wanted.map(({ name }) => name));
  const liveNames = new Set(lists.live.map(({ name }) => name));
  const gone = lists.last.filter(({ name }) => !wantedNames.has(name) && liveNames.has(name));
  if (changed.length === 0 && gone.length === 0) return {};
  return {
    [`$setElementOrder/${key}`]: lists.wanted.map(({ name }) => ({ name })),
    [key]: [...changed, ...gone.map(({ name }) => ({ $patch: 'delete', name }))],
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNamed(value: unknown): value is readonly Named[] {
  return (
    Array.isArray(value) &&
    value.every((item: unknown) => isFields(item) && typeof item['name'] === 'string')
  );
}

/** Equal as JSON, whatever the order of keys. */
function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (!isFields(a) || !isFields(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}
