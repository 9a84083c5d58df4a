import type { JsonValue } from '#src/meta/json.ts';
import type { KubeObject, ListMeta } from '#src/meta/object.ts';

import type { Column } from '../resource.ts';
import { partialMetadata } from './partial-metadata.ts';

/** How much of the object a table row carries besides its cells (`includeObject`). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly columns: readonly Column[];
  readonly apiVersion: string;
  readonly includeObject: IncludeObject;
  /** Milliseconds, for ages. */
  readonly now: number;
}

interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: unknown;
}

/** meta/v1 Table. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly unknown[];
  readonly rows: readonly TableRow[];
}

/** For kinds that name no columns of their own. */
const defaultColumns: readonly Column[] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Name must be unique within a namespace.',
    priority: 0,
    cell: ({ metadata }) => metadata.name ?? '',
  },
  {
    name: 'Created At',
    type: 'date',
    description: 'When the object was created.',
    priority: 0,
    cell: ({ metadata }) => metadata.creationTimestamp ?? '',
  },
];

export function toTable(
  objects: readonly KubeObject[],
  metadata: ListMeta,
  options: TableOptions,
): Table {
  return {
    kind: 'Table',
    apiVersion: options.apiVersion,
    metadata,
    columnDefinitions: definitions(columnsOf(options)),
    rows: objects.map((object) => row(object, options)),
  };
}

/** A watched change as a table of one row; only the first of a stream says what the columns are. */
export function toTableEvent(object: KubeObject, first: boolean, options: TableOptions): Table {
  const version = object.metadata.resourceVersion;
  const table = toTable(
    [object],
    version === undefined ? {} : { resourceVersion: version },
    options,
  );
  return first ? table : { ...table, columnDefinitions: [] };
}

/** A bookmark as a table: empty cells and an object with nothing but its metadata. */
export function bookmarkTable(object: KubeObject, first: boolean, options: TableOptions): Table {
  const columns = columnsOf(options);
  const { resourceVersion = '' } = object.metadata;
  return {
    kind: 'Table',
    apiVersion: options.apiVersion,
    metadata: { resourceVersion },
    columnDefinitions: first ? definitions(columns) : [],
    rows: [{ cells: columns.map(() => null), object }],
  };
}

function columnsOf({ columns }: TableOptions): readonly Column[] {
  return columns.length === 0 ? defaultColumns : columns;
}

function definitions(columns: readonly Column[]): JsonValue[] {
  return columns.map(({ name, type, format = '', description, priority }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
}

function row(object: KubeObject, options: TableOptions): TableRow {
  const cells = columnsOf(options).map((column) => column.cell(object, options.now) ?? null);
  if (options.includeObject === 'None') return { cells };
  return {
    cells,
    object:
      options.includeObject === 'Object' ? object : partialMetadata(object, options.apiVersion),
  };
}
