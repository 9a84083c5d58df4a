import { invalid, required, type FieldError } from '#src/meta/field-error.ts';
import { anyRegistry, type AllowList } from '../allowed-registries.ts';
import { specTag } from '../history.ts';
import { referenceOf, type DockerImageReference } from '../reference.ts';
import type { ImageStream, TagEvent } from '../types.ts';
import { validateStreamName } from './names.ts';
import {
  isInsecureRepository,
  validatePullSpec,
  validateTagReference,
  type RegistryRules,
} from './tag-reference.ts';

const emptyReference = 'repository name must have at least one component';

/** The fields of a stream that is created, or written whole, beyond the rules of ObjectMeta. */
export function validateImageStream(
  stream: ImageStream,
  allowed: AllowList = anyRegistry,
): FieldError[] {
  const rules = { allowed, insecure: isInsecureRepository(stream.metadata) };
  const tags = (stream.spec.tags ?? []).flatMap((tag) =>
    validateTagReference(tag, `spec.tags[${tag.name}]`, rules),
  );
  return [
    ...validateStreamName(stream.metadata),
    ...validateRepository(stream.spec.dockerImageRepository ?? '', rules),
    ...tags,
    ...eventsWithPaths(stream, allowed).flatMap(({ event, path, rules: ofTag }) =>
      event.dockerImageReference === ''
        ? [required(path)]
        : validatePullSpec(event.dockerImageReference, path, ofTag),
    ),
  ];
}

/** As for a create, but what the old stream names stays allowed, even where the list of registries has shrunk since. */
export function validateImageStreamUpdate(
  stream: ImageStream,
  old: ImageStream,
  allowed: AllowList = anyRegistry,
): FieldError[] {
  return validateImageStream(stream, allowed.including(referencesOf(old)));
}

/** A status update: only pull specs that were not there before are looked at. */
export function validateImageStreamStatusUpdate(
  stream: ImageStream,
  old: ImageStream,
  allowed: AllowList = anyRegistry,
): FieldError[] {
  const known = new Set(eventsOf(old).map((event) => event.dockerImageReference));
  return eventsWithPaths(stream, allowed)
    .filter(({ event }) => !known.has(event.dockerImageReference))
    .flatMap(({ event: { dockerImageReference: text }, path, rules }) =>
      // Unlike everywhere else an empty text is unreadable here, not missing.
      text === '' ? [invalid(path, text, emptyReference)] : validatePullSpec(text, path, rules),
    );
}

interface EventAtPath {
  readonly event: TagEvent;
  readonly path: string;
  readonly rules: RegistryRules;
}

function validateRepository(repository: string, rules: RegistryRules): FieldError[] {
  const path = 'spec.dockerImageRepository';
  const { tag = '', id = '' } = referenceOf(repository) ?? {};
  const errors = [
    ...(tag === '' ? [] : [invalid(path, repository, 'the repository name may not contain a tag')]),
    ...(id === '' ? [] : [invalid(path, repository, 'the repository name may not contain an ID')]),
  ];
  return errors.length > 0 ? errors : validatePullSpec(repository, path, rules);
}

/** Every entry of every history, with the place of its pull spec. */
function eventsWithPaths(stream: ImageStream, allowed: AllowList): EventAtPath[] {
  return (stream.status.tags ?? []).flatMap(({ tag, items }) => {
    const rules = { allowed, insecure: isInsecureTag(stream, tag) };
    return (items ?? []).map((event, index) => ({
      event,
      path: `status.tags[${tag}].items[${index}].dockerImageReference`,
      rules,
    }));
  });
}

function isInsecureTag(stream: ImageStream, tag: string): boolean {
  const policy = specTag(stream, tag)?.importPolicy;
  return policy?.insecure === true || isInsecureRepository(stream.metadata);
}

function eventsOf(stream: ImageStream): TagEvent[] {
  return (stream.status.tags ?? []).flatMap((tag) => tag.items ?? []);
}

function referencesOf(stream: ImageStream): DockerImageReference[] {
  const sources = (stream.spec.tags ?? [])
    .filter((tag) => tag.from?.kind === 'DockerImage')
    .map((tag) => tag.from?.name ?? '');
  const events = eventsOf(stream).map((event) => event.dockerImageReference);
  return [stream.spec.dockerImageRepository ?? '', ...sources, ...events].flatMap((text) => {
    const reference = referenceOf(text);
    return reference === undefined ? [] : [reference];
  });
}
