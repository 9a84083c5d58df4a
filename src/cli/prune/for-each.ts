/** Does the work for every item, in order, at most so many at a time; the first failure ends it. */
export async function forEach<T>(
  items: readonly T[],
  atATime: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker));
}
