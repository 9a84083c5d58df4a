import type { KubeObject } from '#src/meta/object.ts';
import { usageError, type CliError } from '../errors.ts';
import { customCells } from './custom-columns.ts';
import { jsonText, withoutManagedFields, yamlText } from './documents.ts';
import { evaluateJsonPath } from './json-path.ts';
import { alignColumns } from './table.ts';

export interface PrintOptions {
  /** What `-o name` calls an object; `imagestream.image.openshift.io/python` by default. */
  readonly nameOf?: (object: KubeObject) => string;
  readonly showManagedFields?: boolean | undefined;
  /** Custom columns without their header. */
  readonly noHeaders?: boolean;
}

/**
 * An object, or the objects of a list, in the format of `-o`: json, yaml, name, jsonpath=… or custom-columns=….
 * @throws {CliError} for any other format, and for a template that cannot be read
 */
export function preferredObject(
  object: KubeObject,
  format: string,
  options: PrintOptions = {},
): string {
  const { nameOf = qualifiedName, showManagedFields, noHeaders } = options;
  const shown = showManagedFields === true ? object : withoutManagedFields(object);
  if (format === 'json') return jsonText(shown);
  if (format === 'yaml') return yamlText(shown);
  if (format === 'name')
    return itemsOf(object)
      .map((item) => `${nameOf(item)}\n`)
      .join('');
  if (format.startsWith('jsonpath='))
    return evaluateJsonPath(object, format.slice('jsonpath='.length));
  if (format === 'custom-columns' || format.startsWith('custom-columns=')) {
    const cells = customCells(itemsOf(object), format.slice('custom-columns='.length));
    return alignColumns(noHeaders === true ? cells.slice(1) : cells);
  }
  throw unknownFormat(format);
}

/**
 * Before anything is changed whose outcome could not be printed.
 * @throws {CliError} when `preferredObject` knows no such format
 */
export function checkFormat(format: string | undefined): void {
  if (format !== undefined && !formats.test(format)) throw unknownFormat(format);
}

const formats = /^(?:json|yaml|name|jsonpath=.*|custom-columns(?:=.*)?)$/s;

function unknownFormat(format: string): CliError {
  return usageError(
    `unable to match a printer suitable for the output format "${format}", allowed formats are: custom-columns,json,jsonpath,name,wide,yaml`,
  );
}

function itemsOf(object: KubeObject): readonly KubeObject[] {
  const { items } = object as { items?: readonly KubeObject[] };
  return items ?? [object];
}

/** `imagestream.image.openshift.io/python` */
export function qualifiedName(object: KubeObject): string {
  const [group, version] = (object.apiVersion ?? '').split('/');
  const kind = (object.kind ?? '').toLowerCase();
  const suffix = version === undefined ? '' : `.${group ?? ''}`;
  return `${kind}${suffix}/${object.metadata.name ?? ''}`;
}
