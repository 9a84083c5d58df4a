import { invalid, required, type FieldError } from '#src/meta/field-error.ts';
import { anyRegistry, type AllowList } from '../allowed-registries.ts';
import { referenceOf, type DockerImageReference } from '../reference.ts';
import type { ImageStream, TagEvent } from '../types.ts';
import { validateStreamName } from './names.ts';
import { validatePullSpec, validateTagReference } from './tag-reference.ts';

/** The fields of a stream that is created, or written whole, beyond the rules of ObjectMeta. */
export function validateImageStream(
  stream: ImageStream,
  allowed: AllowList = anyRegistry,
): FieldError[] {
  const tags = (stream.spec.tags ?? []).flatMap((tag) =>
    validateTagReference(tag, `spec.tags[${tag.name}]`, allowed),
  );
  return [
    ...validateStreamName(stream.metadata),
    ...validateRepository(stream.spec.dockerImageRepository ?? '', {
      allowed,
      insecure: isInsecure(stream),
    }),
    ...tags,
    ...validateEvents(stream, allowed, () => true),
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
  return validateEvents(stream, allowed, (event) => !known.has(event.dockerImageReference));
}

function validateRepository(
  repository: string,
  source: { readonly allowed: AllowList; readonly insecure: boolean },
): FieldError[] {
  const path = 'spec.dockerImageRepository';
  const { tag = '', id = '' } = referenceOf(repository) ?? {};
  const errors = [
    ...(tag === '' ? [] : [invalid(path, repository, 'the repository name may not contain a tag')]),
    ...(id === '' ? [] : [invalid(path, repository, 'the repository name may not contain an ID')]),
  ];
  return errors.length > 0 ? errors : validatePullSpec(repository, path, source);
}

function validateEvents(
  stream: ImageStream,
  allowed: AllowList,
  isNew: (event: TagEvent) => boolean,
): FieldError[] {
  return (stream.status.tags ?? []).flatMap(({ tag, items }) =>
    (items ?? []).flatMap((event, index) => {
      if (!isNew(event)) return [];
      const path = `status.tags[${tag}].items[${index}].dockerImageReference`;
      const text = event.dockerImageReference;
      if (text === '') return [required(path)];
      return validatePullSpec(text, path, { allowed, insecure: isInsecureTag(stream, tag) });
    }),
  );
}

function isInsecureTag(stream: ImageStream, tag: string): boolean {
  const policy = stream.spec.tags?.find((each) => each.name === tag)?.importPolicy;
  return policy?.insecure === true || isInsecure(stream);
}

function isInsecure(stream: ImageStream): boolean {
  return stream.metadata.annotations?.['openshift.io/image.insecureRepository'] === 'true';
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
