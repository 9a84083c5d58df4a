import type { Range, Store, StoreEvent } from '#src/store/store.ts';

const patienceMs = 30_000;

/** Watches from a revision until another one is reached. */
export async function collect(
  store: Store,
  from: number,
  until: number,
  ranges?: readonly Range[],
): Promise<StoreEvent[]> {
  const signal = AbortSignal.timeout(patienceMs);
  const events: StoreEvent[] = [];
  for await (const batch of store.watch({ from, signal, ...(ranges && { ranges }) })) {
    events.push(...batch.events);
    if (batch.revision >= until) return events;
  }
  throw new Error(`the watch did not reach revision ${until}`);
}

/** The objects that a log leaves behind: bodies by name. */
export function replay(events: readonly StoreEvent[]): Map<string, string> {
  const state = new Map<string, string>();
  for (const { type, key, body } of events) {
    if (type === 'delete') state.delete(key.name);
    else state.set(key.name, body);
  }
  return new Map([...state].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Tries until `check` passes; its last failure after a deadline is the test's. */
export async function eventually(check: () => Promise<void>, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 25);
      });
    }
  }
}
