import { invalid, required, type FieldError } from '#src/meta/field-error.ts';
import type { ObjectMeta } from '#src/meta/object.ts';

const streamNameShape = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const maxQualifiedName = 255;

/** Why a text cannot be one segment of a path; undefined when it can. */
export function pathSegmentError(name: string): string | undefined {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  if (name.includes('/')) return "may not contain '/'";
  return name.includes('%') ? "may not contain '%'" : undefined;
}

/** `metadata.name` is required, and must be one path segment. */
export function validateObjectName(metadata: ObjectMeta, path = 'metadata'): FieldError[] {
  const { name = '', generateName = '' } = metadata;
  if (name === '')
    return generateName === ''
      ? [required(`${path}.name`, 'name or generateName is required')]
      : [];
  const error = pathSegmentError(name);
  return error === undefined ? [] : [invalid(`${path}.name`, name, error)];
}

/** The rules for the name of an image stream, which is also a repository name, and for the prefix of a generated one. */
export function validateStreamName(metadata: ObjectMeta): FieldError[] {
  const { name = '', generateName = '', namespace = '' } = metadata;
  const prefix = generateName === '' ? [] : streamNameErrors(generateName, 'metadata.generateName');
  const unnamed = validateObjectName(metadata);
  if (name === '' || unnamed.length > 0) return [...prefix, ...unnamed];
  const errors = [...prefix, ...streamNameErrors(name, 'metadata.name')];
  if (errors.length > 0 || `${namespace}/${name}`.length <= maxQualifiedName) return errors;
  return [invalid('metadata.name', name, "'namespace/name' cannot be longer than 255 characters")];
}

function streamNameErrors(name: string, path: string): FieldError[] {
  if (streamNameShape.test(name)) return [];
  return [invalid(path, name, 'must match "[a-z0-9]+(?:[._-][a-z0-9]+)*"')];
}
