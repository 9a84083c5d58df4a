import {
  internalFieldError,
  invalid,
  forbiddenField,
  notFoundField,
  type FieldError,
} from '#src/meta/field-error.ts';
import { conflict, invalidObject, notFound, type Status } from '#src/meta/status.ts';
import { matchesImage } from './digest.ts';
import {
  compareText,
  entryTime,
  needsImport,
  newestEvent,
  pushTagEvent,
  specTag,
  statusTag,
  withStatusTag,
} from './history.ts';
import { exactReference, referenceOf } from './reference.ts';
import type { RegistryHosts } from './repositories.ts';
import { changedTags } from './tag-change.ts';
import {
  isOwnNamespace,
  sourceFormError,
  tagFromReference,
  tagSource,
  type TagSource,
} from './tag-source.ts';
import { imageGroup, type ImageStream, type TagEvent, type TagReference } from './types.ts';

/** Why the requesting user may not read a source; both texts come from the access review. */
export interface SourceDenial {
  readonly reason: string;
  readonly evaluationError: string;
  /** Set when the review itself failed. */
  readonly error?: string;
}

/** What processing the tags of a stream needs to know of the world. */
export interface TagContext {
  /** RFC 3339, second precision. */
  readonly now: string;
  readonly hosts: RegistryHosts;
  /** Other streams that tags point to, by `namespace/name`; one that is not here does not exist. */
  readonly sources: ReadonlyMap<string, ImageStream>;
  /** The refused sources, by `namespace/name`. */
  readonly denials?: ReadonlyMap<string, SourceDenial>;
}

export interface TagOutcome {
  readonly stream: ImageStream;
  readonly errors: readonly FieldError[];
}

interface Resolution {
  readonly event?: TagEvent;
  readonly error?: FieldError;
}

/** The key of a stream in maps of streams. */
export function streamKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Fills the status of every new or changed spec tag that needs no import (openshift-apiserver registry/imagestream). */
export function processTags(
  stream: ImageStream,
  old: ImageStream | undefined,
  context: TagContext,
): TagOutcome {
  const changed = changedTags(stream, old).filter((tag) => tag.from !== undefined);
  const refused = changed.flatMap((tag) => accessErrors(stream, tag, context));
  const refusedTags = new Set(refused.map(({ tag }) => tag));
  const errors = refused.map(({ error }) => error);
  let result = stream;
  for (const tag of changed) {
    if (refusedTags.has(tag.name)) continue;
    const { event, error } = resolveTag(result, tag, context);
    if (error !== undefined) errors.push(error);
    if (event === undefined) continue;
    result = pushTagEvent(stampSource(result, tag, event.generation), tag.name, event);
  }
  return { stream: result, errors };
}

/** The errors as a write reports them: one internal error of the nameless field. */
export function wrappedTagErrors(name: string, errors: readonly FieldError[]): FieldError[] {
  if (errors.length === 0) return [];
  const { message = '' } = invalidObject({ group: '', kind: 'imagestreams' }, name, errors);
  return [internalFieldError('', message)];
}

function accessErrors(
  stream: ImageStream,
  tag: TagReference,
  context: TagContext,
): { tag: string; error: FieldError }[] {
  const namespace = tag.from?.namespace ?? '';
  if (tag.from === undefined || namespace === '' || namespace === stream.metadata.namespace)
    return [];
  const source = tagSource(stream, tag.from);
  if (source === undefined) return [{ tag: tag.name, error: formError(tag) }];
  const denial = context.denials?.get(streamKey(namespace, source.name));
  if (denial === undefined) return [];
  const failed = denial.error === undefined ? '' : `- ${denial.error}`;
  const detail = `${namespace}/${source.name}: ${JSON.stringify(denial.reason)} ${JSON.stringify(denial.evaluationError)}${failed}`;
  return [{ tag: tag.name, error: forbiddenField(`spec.tags[${tag.name}].from`, detail) }];
}

function resolveTag(stream: ImageStream, tag: TagReference, context: TagContext): Resolution {
  const { kind, name = '' } = tag.from ?? {};
  if (kind !== 'DockerImage' || name === '') return resolveInternal(stream, tag, context);
  if (tag.reference !== true) return {};
  const generation = generationOf(stream, tag);
  const created = entryTime(stream, tag.name, context.now);
  return { event: { created, dockerImageReference: name, image: '', generation } };
}

function resolveInternal(stream: ImageStream, tag: TagReference, context: TagContext): Resolution {
  const from = tag.from ?? {};
  const source = tagSource(stream, from);
  if (source === undefined) return { error: formError(tag) };
  const sourceStream = sourceStreamOf(stream, source, context);
  if (sourceStream === undefined)
    return { error: notFoundField(`spec.tags[${tag.name}].from.name`, from.name ?? '') };
  const found =
    from.kind === 'ImageStreamTag'
      ? { event: newestEvent(sourceStream, source.id) }
      : findImage(sourceStream, source.id, entryTime(stream, tag.name, context.now));
  if ('status' in found) return { error: eventError(tag, found.status) };
  if (found.event === undefined) return {};
  const event = { ...found.event, generation: generationOf(stream, tag) };
  return { event: localEvent(stream, tag, source, event, context) };
}

function generationOf(stream: ImageStream, tag: TagReference): number {
  return tag.generation ?? stream.metadata.generation ?? 0;
}

function sourceStreamOf(
  stream: ImageStream,
  source: TagSource,
  context: TagContext,
): ImageStream | undefined {
  const isOwn =
    source.namespace === stream.metadata.namespace && source.name === stream.metadata.name;
  return isOwn ? stream : context.sources.get(streamKey(source.namespace, source.name));
}

/** The one image of a stream's history that an id names; two images for one id are a conflict. */
function findImage(
  stream: ImageStream,
  id: string,
  now: string,
): { readonly event: TagEvent } | { readonly status: Status } {
  const resource = { group: imageGroup, resource: 'imagestreamimage' };
  const events = (stream.status.tags ?? [])
    .flatMap((tag) => tag.items ?? [])
    .filter((event) => event.image !== '' && id !== '' && matchesImage(event.image, id))
    .toSorted((a, b) => compareText(b.created ?? '', a.created ?? ''));
  const [newest] = events;
  if (newest === undefined) return { status: notFound(resource, id) };
  const images = [...new Set(events.map((event) => event.image))].toSorted(compareText);
  if (images.length > 1) {
    const error = `multiple images match the prefix ${JSON.stringify(id)}: ${images.join(', ')}`;
    return { status: conflict(resource, id, error) };
  }
  return { event: { ...newest, created: now } };
}

/** A pull spec of the source stream in the integrated registry becomes one of this stream. */
function localEvent(
  ...[stream, tag, source, event, context]: [
    ImageStream,
    TagReference,
    TagSource,
    TagEvent,
    TagContext,
  ]
): TagEvent {
  const ref = tag.reference === true ? undefined : referenceOf(event.dockerImageReference);
  const isInternal =
    ref !== undefined &&
    ref.registry !== '' &&
    ref.registry === context.hosts.internal &&
    ref.namespace === source.namespace &&
    ref.name === source.name;
  if (!isInternal) return event;
  const { namespace = '', name = '' } = stream.metadata;
  return { ...event, dockerImageReference: exactReference({ ...ref, namespace, name }) };
}

/**
 * A tag that follows a tag of its own stream lends its generation to the followed tag's current event; clients of
 * OpenShift see the same. A followed tag that waits for an import keeps its generation, or it would wait no longer.
 */
function stampSource(stream: ImageStream, tag: TagReference, generation: number): ImageStream {
  const followed = followedTag(stream, tag);
  const status = followed === undefined ? undefined : statusTag(stream, followed);
  const [current, ...older] = status?.items ?? [];
  if (status === undefined || current === undefined || current.generation === generation)
    return stream;
  const intent = specTag(stream, status.tag);
  if (intent !== undefined && needsImport(intent, status)) return stream;
  return withStatusTag(stream, { ...status, items: [{ ...current, generation }, ...older] });
}

function followedTag(stream: ImageStream, { from }: TagReference): string | undefined {
  if (from?.kind !== 'ImageStreamTag' || !isOwnNamespace(stream, from)) return undefined;
  return tagFromReference(stream, from);
}

function formError(tag: TagReference): FieldError {
  return invalid(`spec.tags[${tag.name}].from.name`, tag.from?.name ?? '', sourceFormError);
}

function eventError(tag: TagReference, status: Status): FieldError {
  return invalid(
    `spec.tags[${tag.name}].from.name`,
    tag.from?.name ?? '',
    `error generating tag event: ${status.message ?? ''}`,
  );
}
