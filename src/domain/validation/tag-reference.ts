import { forbiddenField, invalid, required, type FieldError } from '#src/meta/field-error.ts';
import type { AllowList } from '../allowed-registries.ts';
import { parseDockerImageReference } from '../reference.ts';
import type { TagImportPolicy, TagReference, TagReferencePolicy } from '../types.ts';

/** The rules of a spec tag at `path` (`spec.tags[latest]`, `tag`, `spec`). */
export function validateTagReference(
  tag: TagReference,
  path: string,
  allowed: AllowList,
): FieldError[] {
  return [
    ...validateSource(tag, path, allowed),
    ...validateReferencePolicy(tag.referencePolicy, path),
    ...validateImportMode(tag.importPolicy, path),
  ];
}

/** A known import mode, or none. */
export function validateImportMode(policy: TagImportPolicy, path: string): FieldError[] {
  const mode: string = policy.importMode ?? '';
  if (['', 'Legacy', 'PreserveOriginal'].includes(mode)) return [];
  return [
    invalid(
      `${path}.importPolicy.importMode`,
      mode,
      "invalid import mode, valid modes are '', 'Legacy', 'PreserveOriginal'",
    ),
  ];
}

/** A readable pull spec from an allowed registry; empty texts are left to the caller. */
export function validatePullSpec(
  text: string,
  path: string,
  source: { readonly allowed: AllowList; readonly insecure: boolean },
): FieldError[] {
  if (text === '') return [];
  const parsed = parseDockerImageReference(text);
  if (!parsed.ok) return [invalid(path, text, parsed.error)];
  const refusal = source.allowed.refusal(parsed.reference, source.insecure);
  return refusal === undefined ? [] : [forbiddenField(path, refusal)];
}

function validateSource(tag: TagReference, path: string, allowed: AllowList): FieldError[] {
  const { from } = tag;
  if (from === undefined) return [];
  const name = from.name ?? '';
  const missing = name === '' ? [required(`${path}.from.name`)] : [];
  if (from.kind === 'DockerImage') {
    const insecure = tag.importPolicy.insecure === true;
    return [...missing, ...validatePullSpec(name, `${path}.from.name`, { allowed, insecure })];
  }
  if (from.kind === 'ImageStreamImage' || from.kind === 'ImageStreamTag')
    return [...missing, ...validateUnscheduled(tag, path)];
  const kinds = "valid values are 'DockerImage', 'ImageStreamImage', 'ImageStreamTag'";
  return [...missing, required(`${path}.from.kind`, kinds)];
}

function validateUnscheduled(tag: TagReference, path: string): FieldError[] {
  if (tag.importPolicy.scheduled !== true) return [];
  return [
    invalid(
      `${path}.importPolicy.scheduled`,
      true,
      'only tags pointing to Docker repositories may be scheduled for background import',
    ),
  ];
}

function validateReferencePolicy(policy: TagReferencePolicy, path: string): FieldError[] {
  const type: string = policy.type;
  if (type === 'Source' || type === 'Local') return [];
  return [invalid(`${path}.referencePolicy.type`, type, 'valid values are "Source", "Local"')];
}
