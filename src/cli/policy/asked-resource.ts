import { CliError } from '../errors.ts';
import { parseSelections } from '../resources.ts';
import type { Session } from '../session.ts';

/** A resource that something is asked about. */
export interface AskedResource {
  readonly group: string;
  readonly plural: string;
  /** Not known of a resource that the server does not serve. */
  readonly namespaced?: boolean;
}

/** The resource of a name; one that the server does not serve is taken as it stands, with a warning. */
export async function askedResource(session: Session, name: string): Promise<AskedResource> {
  const [plural = '', ...group] = name.split('.');
  const asIs = { plural, group: group.join('.') };
  if (name === '*') return asIs;
  try {
    const [selection] = await parseSelections(session.api(), [name]);
    return selection?.type ?? asIs;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    session.err(`Warning: the server doesn't have a resource type '${name}'\n`);
    return asIs;
  }
}
