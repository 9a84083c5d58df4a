import { invalid, required, type FieldError } from '#src/meta/field-error.ts';
import { validateObjectMeta } from '#src/meta/object-meta.ts';
import { anyRegistry, type AllowList } from '../allowed-registries.ts';
import { parseNewTagName } from '../names.ts';
import { semanticEqual } from '../semantic-equal.ts';
import type { ImageTag } from '../types.ts';
import { validateSameUid } from './names.ts';
import { isInsecureRepository, sourceOf, validateTagReference } from './tag-reference.ts';

/** The fields of an ImageTag that is created. */
export function validateImageTag(tag: ImageTag, allowed: AllowList = anyRegistry): FieldError[] {
  const name = validateObjectMeta(tag.metadata, true);
  return tag.spec === null
    ? [...name, required('spec', 'spec is a required field during creation')]
    : [...name, ...validateSpec(tag, allowed)];
}

/** An update against the tag as it is shown now: only `spec` may change, and null removes it. */
export function validateImageTagUpdate(
  tag: ImageTag,
  old: ImageTag,
  allowed: AllowList = anyRegistry,
): FieldError[] {
  const detail = 'may not update fields other than spec';
  return [
    ...validateSameUid(tag.metadata, old.metadata),
    ...validateObjectMeta(tag.metadata, true),
    ...validateSpec(tag, allowed.including(sourceOf(old.spec))),
    ...(semanticEqual(tag.metadata, old.metadata) ? [] : [invalid('metadata', '', detail)]),
    ...(semanticEqual(tag.status, old.status) ? [] : [invalid('status', '', detail)]),
  ];
}

function validateSpec(tag: ImageTag, allowed: AllowList): FieldError[] {
  if (tag.spec === null) return [];
  const { name = '' } = tag.metadata;
  const parsed = parseNewTagName(name);
  const misnamed =
    'name' in parsed && tag.spec.name === parsed.name.tag
      ? []
      : [invalid('spec.name', tag.spec.name, 'must match image tag name')];
  const rules = { allowed, insecure: isInsecureRepository(tag.metadata) };
  return [...misnamed, ...validateTagReference(tag.spec, 'spec', rules)];
}
