import type { KubeObject } from '#src/meta/object.ts';
import { CliError } from '../errors.ts';
import { valuesAt } from './json-path.ts';
import { relaxedPath } from './relaxed-path.ts';

interface CustomColumn {
  readonly header: string;
  readonly path: string;
}

/**
 * The cells of `-o custom-columns=HEADER:PATH,…`, the header first.
 * @throws {CliError} when the specification cannot be read, in kubectl's words
 */
export function customCells(objects: readonly KubeObject[], specification: string): string[][] {
  const columns = columnsOf(specification);
  const rows = objects.map((object) => columns.map(({ path }) => cellAt(object, path)));
  return [columns.map(({ header }) => header), ...rows];
}

function columnsOf(specification: string): CustomColumn[] {
  if (specification === '')
    throw new CliError('custom-columns format specified but no custom columns given');
  return specification.split(',').map((part) => {
    const colon = part.indexOf(':');
    if (colon === -1)
      throw new CliError(
        `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`,
      );
    return { header: part.slice(0, colon), path: relaxedPath(part.slice(colon + 1)) };
  });
}

function cellAt(object: KubeObject, path: string): string {
  const values = valuesAt(object, path);
  return values.length === 0 ? '<none>' : values.map(goText).join(',');
}

/** A value as Go prints it: lists in brackets, maps as `map[key:value]` with sorted keys. */
function goText(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${goText(item)}`).join(' ')}]`;
}
