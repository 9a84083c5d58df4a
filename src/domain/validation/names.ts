import { invalid, required, type FieldError } from '#src/meta/field-error.ts';
import { pathSegmentName } from '#src/meta/names.ts';
import type { ObjectMeta } from '#src/meta/object.ts';

const streamNameShape = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const maxQualifiedName = 255;

/**
 * What the name of an image stream must be beyond the rules of every object: a repository name. The prefix of a
 * generated name is held to the same rule. Names that ObjectMeta refuses anyway are not reported again.
 */
export function validateStreamName(metadata: ObjectMeta): FieldError[] {
  const { name = '', generateName = '', namespace = '' } = metadata;
  const prefix = streamNameErrors(generateName, 'metadata.generateName');
  const own = [...prefix, ...streamNameErrors(name, 'metadata.name')];
  if (own.length > 0 || `${namespace}/${name}`.length <= maxQualifiedName) return own;
  return [invalid('metadata.name', name, "'namespace/name' cannot be longer than 255 characters")];
}

/** The name of an object inside another one: required, and one segment of a path. */
export function validateEmbeddedName(metadata: ObjectMeta, path: string): FieldError[] {
  const { name = '', generateName = '' } = metadata;
  if (name === '' && generateName === '')
    return [required(`${path}.name`, 'name or generateName is required')];
  return pathSegmentName(name).map((error) => invalid(`${path}.name`, name, error));
}

function streamNameErrors(name: string, path: string): FieldError[] {
  if (name === '' || pathSegmentName(name).length > 0 || streamNameShape.test(name)) return [];
  return [invalid(path, name, 'must match "[a-z0-9]+(?:[._-][a-z0-9]+)*"')];
}
