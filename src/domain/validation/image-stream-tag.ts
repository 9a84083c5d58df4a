import { invalid, type FieldError } from '#src/meta/field-error.ts';
import { validateObjectMeta } from '#src/meta/object-meta.ts';
import type { ObjectMeta } from '#src/meta/object.ts';
import { anyRegistry, type AllowList } from '../allowed-registries.ts';
import { sameAnnotations } from '../defaults.ts';
import { semanticEqual } from '../semantic-equal.ts';
import type { ImageStreamTag } from '../types.ts';
import { isInsecureRepository, sourceOf, validateTagReference } from './tag-reference.ts';
import { validateSameUid } from './names.ts';

/** The fields of an ImageStreamTag that is created or written. */
export function validateImageStreamTag(
  tag: ImageStreamTag,
  allowed: AllowList = anyRegistry,
): FieldError[] {
  if (tag.tag === null) return [...validateObjectMeta(tag.metadata, true)];
  return [
    ...validateObjectMeta(tag.metadata, true),
    ...validateTagReference(tag.tag, 'tag', {
      allowed,
      insecure: isInsecureRepository(tag.metadata),
    }),
    ...validateAnnotations(tag),
  ];
}

/**
 * An update against the tag as it is shown now. Of the metadata only annotations may change; labels that the request
 * leaves out count as unchanged, and everything that the server computes is not compared. The registry that the tag names
 * already stays allowed.
 */
export function validateImageStreamTagUpdate(
  tag: ImageStreamTag,
  old: ImageStreamTag,
  allowed: AllowList = anyRegistry,
): FieldError[] {
  const labels = tag.metadata.labels ?? old.metadata.labels;
  const next = comparable(labels === undefined ? tag.metadata : { ...tag.metadata, labels });
  const detail = 'may not update fields other than metadata.annotations';
  return [
    ...validateSameUid(tag.metadata, old.metadata),
    ...validateImageStreamTag(tag, allowed.including(sourceOf(old.tag))),
    ...(semanticEqual(next, comparable(old.metadata)) ? [] : [invalid('metadata', '', detail)]),
  ];
}

function validateAnnotations(tag: ImageStreamTag): FieldError[] {
  const annotations = tag.tag?.annotations ?? null;
  if (annotations === null || sameAnnotations(annotations, tag.metadata.annotations)) return [];
  const detail =
    'tag annotations must not be provided or must be equal to the object meta annotations';
  return [invalid('tag.annotations', '<map>', detail)];
}

// Clients need not repeat what identifies the stream behind the tag; a wrong resourceVersion is a conflict, not a field error.
function comparable(
  metadata: ObjectMeta,
): Pick<ObjectMeta, 'name' | 'namespace' | 'labels' | 'finalizers' | 'ownerReferences'> {
  const { name, namespace, labels, finalizers, ownerReferences } = metadata;
  return {
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(finalizers === undefined ? {} : { finalizers }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
}
