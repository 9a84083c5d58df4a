import type { AllowList } from '#src/domain/allowed-registries.ts';
import { forbiddenRegistry } from '#src/domain/import-status.ts';
import { referenceOf } from '#src/domain/reference.ts';
import type { TagImportPolicy } from '#src/domain/types.ts';
import type { Status } from '#src/meta/status.ts';

import type { Importer } from './importer.ts';

interface Source {
  readonly from: string;
  readonly importPolicy: TagImportPolicy;
}

/**
 * An importer that never asks a registry outside the list: what a stream has named since before the list was made fails
 * with Forbidden. Who may import from anywhere is asked with the plain importer.
 */
export function allowedImporter(importer: Importer, allowed: AllowList): Importer {
  return {
    importImages: (items, context) =>
      askAllowed(
        items,
        (item) => failureOf(allowed, item),
        (rest) => importer.importImages(rest, context),
      ),
    async listRepository(from, importPolicy, context) {
      const failure = failureOf(allowed, { from, importPolicy });
      return failure ?? importer.listRepository(from, importPolicy, context);
    },
    check: (items, context) =>
      askAllowed(
        items,
        (item) => {
          const failure = failureOf(allowed, item);
          return failure && { kind: 'failed', ...failure, temporary: false };
        },
        (rest) => importer.check(rest, context),
      ),
    close: () => importer.close(),
  };
}

/** One outcome an item, in order; those that are refused are not asked for. */
async function askAllowed<T, O>(
  items: readonly T[],
  refuse: (item: T) => O | undefined,
  ask: (items: readonly T[]) => Promise<readonly O[]>,
): Promise<O[]> {
  const refused = items.map(refuse);
  const rest = items.filter((_item, index) => refused[index] === undefined);
  const answers = rest.length === 0 ? [] : [...(await ask(rest))];
  return refused.map((refusal) => {
    const outcome = refusal ?? answers.shift();
    if (outcome === undefined) throw new Error('an item was not answered');
    return outcome;
  });
}

function failureOf(
  allowed: AllowList,
  { from, importPolicy }: Source,
): { readonly status: Status } | undefined {
  const reference = referenceOf(from);
  if (reference === undefined) return undefined;
  const insecure = importPolicy.insecure === true;
  const refusal = allowed.refusal(reference, insecure);
  return refusal === undefined
    ? undefined
    : { status: forbiddenRegistry(reference, insecure, refusal) };
}
