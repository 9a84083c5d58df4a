import type { Column } from '#src/apiserver/resource.ts';
import { humanDuration, kubeAge } from '#src/meta/duration.ts';
import type { KubeObject } from '#src/meta/object.ts';

/** The first column of every table. */
export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique within its namespace and kind.',
  priority: 0,
  cell: (object) => object.metadata.name ?? '',
};

/** A column of text. */
export function textColumn<T extends KubeObject>(
  name: string,
  description: string,
  cell: (object: T, now: number) => unknown,
  priority: 0 | 1 = 0,
): Column<T> {
  return { name, type: 'string', format: '', description, priority, cell };
}

/** The `Age` column of the Kubernetes kinds. */
export const ageColumn: Column = textColumn(
  'Age',
  'How long ago the object was created.',
  (object, now) => ageOf(object.metadata.creationTimestamp, now),
);

/** `⟨age⟩ ago`, as the tables of image streams have it; an unknown time counts from the year 1. */
export function ago(time: string | null | undefined, now: number): string {
  const then = time === undefined || time === null ? Number.NaN : Date.parse(time);
  return `${humanDuration(Number.isNaN(then) ? longestMs : now - then)} ago`;
}

/** kubectl's age; `<unknown>` without a time. */
export function ageOf(time: string | null | undefined, now: number): string {
  const then = time === undefined || time === null ? Number.NaN : Date.parse(time);
  return Number.isNaN(then) ? '<unknown>' : kubeAge(now - then);
}

/** 2^63 nanoseconds, the longest duration that other servers of this API can print. */
const longestMs = 2 ** 63 / 1e6;
