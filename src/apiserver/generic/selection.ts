import { matchesFields, parseFieldSelector, requiredField } from '#src/meta/field-selector.ts';
import { matchesLabels, parseLabelSelector, SelectorError } from '#src/meta/label-selector.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

import type { SelectableFields } from './strategy.ts';

/** A label and a field selector, read and checked. */
export interface Selection<T extends KubeObject> {
  /** True when every object is selected. */
  readonly everything: boolean;
  /** The only name that can be selected, when the field selector pins it. */
  readonly name: string | undefined;
  /** The only namespace that can be selected, when the field selector pins it. */
  readonly namespace: string | undefined;
  matches(object: T): boolean;
}

/**
 * @param fields the fields of a kind besides name and namespace
 * @throws {StatusError} 400 when a selector cannot be read or names a field that cannot be selected by
 */
export function parseSelection<T extends KubeObject>(
  query: { readonly labelSelector: string; readonly fieldSelector: string },
  fields: SelectableFields<T> = {},
): Selection<T> {
  const labels = readable(() => parseLabelSelector(query.labelSelector));
  const terms = readable(() => parseFieldSelector(query.fieldSelector));
  const readers: SelectableFields<T> = { ...fields, ...metaFields };
  for (const { field } of terms) if (!Object.hasOwn(readers, field)) throw unknownField(field);
  return {
    everything: labels.length === 0 && terms.length === 0,
    name: requiredField(terms, 'metadata.name'),
    namespace: requiredField(terms, 'metadata.namespace'),
    matches: (object) =>
      matchesLabels(labels, object.metadata.labels) &&
      (terms.length === 0 || matchesFields(terms, valuesOf(object, readers))),
  };
}

const metaFields: SelectableFields<KubeObject> = {
  'metadata.name': ({ metadata }) => metadata.name ?? '',
  'metadata.namespace': ({ metadata }) => metadata.namespace ?? '',
};

function valuesOf<T extends KubeObject>(
  object: T,
  readers: SelectableFields<T>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(readers).map(([field, read]) => [field, read(object)] as const),
  );
}

function unknownField(field: string): StatusError {
  return new StatusError(
    badRequest(
      `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    ),
  );
}

function readable<R>(parse: () => R): R {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SelectorError) throw new StatusError(badRequest(error.message));
    throw error;
  }
}
