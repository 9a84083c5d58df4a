import { AsyncLocalStorage } from 'node:async_hooks';

/** The looks at the record of one piece of work. */
interface Scope {
  /** The last one, unless the work has written since. */
  look: Promise<void> | undefined;
}

const scopes = new AsyncLocalStorage<Scope>();

/**
 * Does a piece of work, such as one request, whose reads share a look at the record: they see everything that was
 * written before the first of them began, and everything that was written before the work's own last write was done.
 */
export async function sharingLooks<T>(work: () => Promise<T>): Promise<T> {
  return await scopes.run({ look: undefined }, work);
}

/** Looks at the record, unless the work under way has done so since its last write. */
export async function lookOnce(look: () => Promise<void>): Promise<void> {
  const scope = scopes.getStore();
  if (scope === undefined) return await look();
  const shared = (scope.look ??= look());
  try {
    await shared;
  } catch (error) {
    if (scope.look === shared) scope.look = undefined;
    throw error;
  }
}

/** Whoever has written, or tried to, must see what there is now. */
export function lookAgain(): void {
  const scope = scopes.getStore();
  if (scope !== undefined) scope.look = undefined;
}
