import { forbiddenField, invalid, required, type FieldError } from '#src/meta/field-error.ts';
import type { ObjectMeta } from '#src/meta/object.ts';
import type { AllowList } from '../allowed-registries.ts';
import { parseDockerImageReference, referenceOf, type DockerImageReference } from '../reference.ts';
import {
  insecureRepositoryAnnotation,
  type TagImportPolicy,
  type TagReference,
  type TagReferencePolicy,
} from '../types.ts';

/** Where a pull spec may point. */
export interface RegistryRules {
  readonly allowed: AllowList;
  /** The registry may be reached by plain HTTP, so port 80 counts as well. */
  readonly insecure: boolean;
}

/** Whether an annotation allows plain HTTP for everything in a stream. */
export function isInsecureRepository(metadata: ObjectMeta): boolean {
  return metadata.annotations?.[insecureRepositoryAnnotation] === 'true';
}

/** What a tag imports from, if it does. */
export function sourceOf(tag: TagReference | null): DockerImageReference[] {
  if (tag?.from?.kind !== 'DockerImage') return [];
  const reference = referenceOf(tag.from.name ?? '');
  return reference === undefined ? [] : [reference];
}

/** The rules of a spec tag at `path` (`spec.tags[latest]`, `tag`, `spec`). */
export function validateTagReference(
  tag: TagReference,
  path: string,
  rules: RegistryRules,
): FieldError[] {
  return [
    ...validateSource(tag, path, rules),
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
export function validatePullSpec(text: string, path: string, rules: RegistryRules): FieldError[] {
  if (text === '') return [];
  const parsed = parseDockerImageReference(text);
  if (!parsed.ok) return [invalid(path, text, parsed.error)];
  const refusal = rules.allowed.refusal(parsed.reference, rules.insecure);
  return refusal === undefined ? [] : [forbiddenField(path, refusal)];
}

function validateSource(tag: TagReference, path: string, rules: RegistryRules): FieldError[] {
  const { from } = tag;
  if (from === undefined) return [];
  const name = from.name ?? '';
  const missing = name === '' ? [required(`${path}.from.name`)] : [];
  if (from.kind === 'DockerImage') {
    const insecure = tag.importPolicy.insecure === true || rules.insecure;
    return [...missing, ...validatePullSpec(name, `${path}.from.name`, { ...rules, insecure })];
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
