import { CliError } from '../errors.ts';
import type { GetFlags } from '../get-options.ts';
import { parseSelections, qualifiedSingular, type Selection } from '../resources.ts';
import type { Session } from '../session.ts';

/**
 * What is asked for: what the arguments name, or the objects of the files of `-f`. Selections by name of one type that
 * follow each other are one.
 */
export async function selectionsOf(
  session: Session,
  args: readonly string[],
  { filename }: GetFlags,
): Promise<Selection[]> {
  if (filename === undefined) return joined(await parseSelections(session.api(), args));
  if (args.length > 0)
    throw new CliError(
      'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
    );
  const { readManifests } = await import('../manifests.ts');
  const objects = await readManifests(session.api(), filename, session.readFile);
  return joined(
    objects.map(({ type, namespace, object }) => ({
      type,
      namespace,
      names: [object.metadata.name ?? ''],
    })),
  );
}

function joined(selections: readonly Selection[]): Selection[] {
  const result: Selection[] = [];
  for (const selection of selections) {
    const last = result.at(-1);
    if (last !== undefined && belongTogether(last, selection))
      result[result.length - 1] = { ...last, names: [...last.names, ...selection.names] };
    else result.push(selection);
  }
  return result;
}

function belongTogether(a: Selection, b: Selection): boolean {
  return (
    qualifiedSingular(a.type) === qualifiedSingular(b.type) &&
    a.namespace === b.namespace &&
    a.names.length > 0 &&
    b.names.length > 0
  );
}
