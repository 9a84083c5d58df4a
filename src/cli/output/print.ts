import type { KubeObject } from '#src/meta/object.ts';
import { CliError } from '../errors.ts';
import { jsonText, withoutManagedFields, yamlText } from './documents.ts';
import { evaluateJsonPath } from './json-path.ts';

/** An object in the format of `-o`: json, yaml, name or jsonpath=…. */
export function preferredObject(
  object: KubeObject,
  format: string,
  nameOf: (object: KubeObject) => string = defaultName,
): string {
  if (format === 'json') return jsonText(withoutManagedFields(object));
  if (format === 'yaml') return yamlText(withoutManagedFields(object));
  if (format === 'name') {
    const { items } = object as { items?: readonly KubeObject[] };
    return (items ?? [object]).map((item) => `${nameOf(item)}\n`).join('');
  }
  if (format.startsWith('jsonpath='))
    return evaluateJsonPath(object, format.slice('jsonpath='.length));
  throw new CliError(
    `unable to match a printer suitable for the output format "${format}", allowed formats are: json,jsonpath,name,wide,yaml`,
    2,
  );
}

/** `imagestream.image.openshift.io/python` */
function defaultName(object: KubeObject): string {
  const [group, version] = (object.apiVersion ?? '').split('/');
  const kind = (object.kind ?? '').toLowerCase();
  const suffix = version === undefined ? '' : `.${group ?? ''}`;
  return `${kind}${suffix}/${object.metadata.name ?? ''}`;
}
