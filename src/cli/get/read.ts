import { StatusError } from '#src/meta/status.ts';
import type { GetFlags } from '../get-options.ts';
import { resourcePath, type Selection } from '../resources.ts';
import type { Session } from '../session.ts';

/** The collection that a selection without names is about. */
export function collectionOf(
  session: Session,
  { type, namespace }: Selection,
  { allNamespaces }: GetFlags,
): string {
  return resourcePath(type, allNamespaces === true ? '' : (namespace ?? session.namespace()));
}

/** The named objects in the order of the names, without those that are missing where that is allowed. */
export async function readNamed<T>(
  session: Session,
  { type, names, namespace = session.namespace() }: Selection,
  flags: GetFlags,
  { accept, query = '' }: { readonly accept?: string; readonly query?: string } = {},
): Promise<T[]> {
  const found: T[] = [];
  for (const name of names) {
    const path = `${resourcePath(type, namespace, name)}${query}`;
    try {
      found.push(
        await session
          .api()
          .request<T>({ method: 'GET', path, ...(accept === undefined ? {} : { accept }) }),
      );
    } catch (error) {
      if (flags.ignoreNotFound !== true || !isNotFound(error)) throw error;
    }
  }
  return found;
}

function isNotFound(error: unknown): boolean {
  return error instanceof StatusError && error.status.reason === 'NotFound';
}
