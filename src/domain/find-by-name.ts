/** Shorter lists are looked through. */
const longLength = 32;
/** A list that is asked for so many times gets an index; most are asked for once, and are gone with the next change. */
const manyTimes = 8;

interface Asked<T> {
  times: number;
  byName?: ReadonlyMap<string, T>;
}

/**
 * Finds items of lists by their names, the first of equal ones. The lists must never change. The rules look at the tags of
 * a stream one by one, and of some thousand each look through the list would take time with their square.
 */
export function finderByName<T>(
  nameOf: (item: T) => string,
): (list: readonly T[], name: string) => T | undefined {
  const lists = new WeakMap<readonly T[], Asked<T>>();
  return (list, name) => {
    if (list.length < longLength) return list.find((item) => nameOf(item) === name);
    const asked = lists.get(list) ?? { times: 0 };
    asked.times += 1;
    if (asked.times === 1) lists.set(list, asked);
    if (asked.times < manyTimes) return list.find((item) => nameOf(item) === name);
    // From behind, so that the first of equal names stays.
    asked.byName ??= new Map(list.map((item) => [nameOf(item), item] as const).toReversed());
    return asked.byName.get(name);
  };
}
