import type { Resource, Rest } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Schema } from '#src/meta/schema.ts';

/** What is known of a kind that is answered. */
export interface AnsweredKind {
  readonly group: string;
  /** The resource is called by it, in lower case and with an s. */
  readonly kind: string;
  readonly namespaced: boolean;
  readonly schema: Schema;
}

/** A resource whose objects are questions: they are answered when they are created, and not kept. */
export function answered<T extends KubeObject>(
  { group, kind, namespaced, schema }: AnsweredKind,
  create: NonNullable<Rest<T>['create']>,
): Resource<T> {
  const singular = kind.toLowerCase();
  return {
    group,
    version: 'v1',
    name: `${singular}s`,
    singular,
    kind,
    namespaced,
    shortNames: [],
    categories: [],
    rest: { create },
    subresources: [],
    columns: [],
    schema,
  };
}
