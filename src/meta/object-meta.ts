import { type FieldError, forbiddenField, invalid, required } from './field-error.ts';
import { type NameCheck, labelValueErrors, pathSegmentName, qualifiedNameErrors } from './names.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from './object.ts';

/** Bytes that all annotations of an object may have together (apimachinery TotalAnnotationSizeLimitB). */
const maxAnnotationBytes = 256 * 1024;

/** What is wrong with the metadata of a new object, beyond what its kind asks for. */
export function validateObjectMeta(
  meta: ObjectMeta,
  namespaced: boolean,
  nameCheck: NameCheck = pathSegmentName,
): readonly FieldError[] {
  return [
    ...nameErrors(meta, nameCheck),
    ...namespaceErrors(meta, namespaced),
    ...labelErrors(meta.labels ?? {}),
    ...annotationErrors(meta.annotations ?? {}),
    ...(meta.ownerReferences ?? []).flatMap(ownerReferenceErrors),
    ...(meta.finalizers ?? []).flatMap(finalizerErrors),
  ];
}

/** What is wrong with the metadata of an object that replaces another: what may not change, then the rules of a new one. */
export function validateObjectMetaUpdate(
  next: KubeObject,
  current: KubeObject,
  namespaced: boolean,
): readonly FieldError[] {
  const fixed = (['name', 'namespace', 'uid', 'creationTimestamp'] as const).filter(
    (field) => next.metadata[field] !== current.metadata[field],
  );
  return [
    ...fixed.map((field) =>
      invalid(`metadata.${field}`, next.metadata[field] ?? '', 'field is immutable'),
    ),
    ...newFinalizersWhileDeleting(next.metadata, current.metadata),
    ...validateObjectMeta(next.metadata, namespaced),
  ];
}

const emptiable = ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const;

/** Without empty maps and lists, which say the same as none; a patch that removes the last label leaves one. */
export function withoutEmptyMeta<T extends ObjectMeta>(meta: T): T {
  const kept = { ...meta };
  for (const field of emptiable)
    if (Object.keys(kept[field] ?? {}).length === 0) delete kept[field];
  return kept;
}

function nameErrors(meta: ObjectMeta, nameCheck: NameCheck): FieldError[] {
  const { name = '', generateName = '' } = meta;
  const prefix = nameCheck(`${generateName}x`).map((error) =>
    invalid('metadata.generateName', generateName, error),
  );
  const own =
    name === ''
      ? [required('metadata.name', 'name or generateName is required')]
      : nameCheck(name).map((error) => invalid('metadata.name', name, error));
  return generateName === '' ? own : [...prefix, ...own];
}

function namespaceErrors(meta: ObjectMeta, namespaced: boolean): FieldError[] {
  const { namespace = '' } = meta;
  if (namespaced) return namespace === '' ? [required('metadata.namespace')] : [];
  return namespace === '' ? [] : [forbiddenField('metadata.namespace', 'not allowed on this type')];
}

function labelErrors(labels: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((error) => invalid('metadata.labels', key, error)),
    ...labelValueErrors(value).map((error) => invalid('metadata.labels', value, error)),
  ]);
}

function annotationErrors(annotations: Readonly<Record<string, string>>): FieldError[] {
  const entries = Object.entries(annotations);
  const errors = entries.flatMap(([key]) =>
    // Annotation keys may have capitals, also in the subdomain.
    qualifiedNameErrors(key.toLowerCase()).map((error) =>
      invalid('metadata.annotations', key, error),
    ),
  );
  const bytes = entries.reduce((sum, [key, value]) => sum + utf8Bytes(key) + utf8Bytes(value), 0);
  if (bytes > maxAnnotationBytes)
    errors.push({
      type: 'FieldValueTooLong',
      field: 'metadata.annotations',
      detail: `must have at most ${maxAnnotationBytes} bytes`,
    });
  return errors;
}

function ownerReferenceErrors(owner: OwnerReference, index: number): FieldError[] {
  const field = `metadata.ownerReferences[${index}]`;
  return (['apiVersion', 'kind', 'name', 'uid'] as const)
    .filter((key) => (owner[key] ?? '') === '')
    .map((key) => invalid(`${field}.${key}`, '', 'must not be empty'));
}

const standardFinalizers: ReadonlySet<string> = new Set([
  'kubernetes',
  'orphan',
  'foregroundDeletion',
]);

function finalizerErrors(finalizer: string): FieldError[] {
  const errors = qualifiedNameErrors(finalizer).map((error) =>
    invalid('metadata.finalizers', finalizer, error),
  );
  if (!finalizer.includes('/') && !standardFinalizers.has(finalizer))
    errors.push(
      invalid(
        'metadata.finalizers',
        finalizer,
        'name is neither a standard finalizer name nor is it fully qualified',
      ),
    );
  return errors;
}

function newFinalizersWhileDeleting(next: ObjectMeta, current: ObjectMeta): FieldError[] {
  if (current.deletionTimestamp === undefined) return [];
  const known = new Set(current.finalizers);
  const added = (next.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
  if (added.length === 0) return [];
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  return [
    forbiddenField(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ];
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) bytes += 1;
    else if (code < 0x8_00) bytes += 2;
    else bytes += code < 0x1_00_00 ? 3 : 4;
  }
  return bytes;
}
