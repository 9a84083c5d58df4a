import { invalid, type FieldError } from '#src/meta/field-error.ts';
import { pathSegmentName } from '#src/meta/names.ts';
import { validateObjectMeta } from '#src/meta/object-meta.ts';
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

/** The metadata of an object inside another one, which belongs to no namespace; `at` is what its fields begin with. */
export function validateEmbeddedMeta(metadata: ObjectMeta, at: string): FieldError[] {
  return validateObjectMeta(metadata, false).map((error) => ({
    ...error,
    field: `${at}${error.field}`,
  }));
}

/** Who sends an id back means the object that has it; who sends none means any. */
export function validateSameUid(next: ObjectMeta, old: ObjectMeta): FieldError[] {
  const { uid = '' } = next;
  return uid === '' || uid === old.uid ? [] : [invalid('metadata.uid', uid, 'field is immutable')];
}

function streamNameErrors(name: string, path: string): FieldError[] {
  if (name === '' || pathSegmentName(name).length > 0 || streamNameShape.test(name)) return [];
  return [invalid(path, name, 'must match "[a-z0-9]+(?:[._-][a-z0-9]+)*"')];
}
