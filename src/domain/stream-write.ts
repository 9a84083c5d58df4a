import type { FieldError } from '#src/meta/field-error.ts';
import { newestEvent, sameEvent, sortedByName, specTag, trackTag } from './history.ts';
import { withRepositories } from './repositories.ts';
import { withRollbacks } from './rollback.ts';
import { semanticEqual } from './semantic-equal.ts';
import { changedTags, tagRefChanged } from './tag-change.ts';
import { processTags, streamKey, wrappedTagErrors, type TagContext } from './tag-events.ts';
import { tagSource } from './tag-source.ts';
import type { ImageStream, NamedTagEventList, TagReference } from './types.ts';

/** A stream that a tag points to. */
export interface StreamSource {
  readonly namespace: string;
  readonly name: string;
}

export interface RequiredSources {
  /** Streams to load, whoever asks. */
  readonly streams: readonly StreamSource[];
  /** Streams whose `imagestreams/layers` the requesting user must be allowed to get; a subset of `streams`. */
  readonly reviews: readonly StreamSource[];
}

export interface PreparedWrite {
  readonly stream: ImageStream;
  /** What the tags did wrong, as a write reports it (field `[]`); field validation is apart. */
  readonly errors: readonly FieldError[];
}

export interface StreamCreate extends TagContext {
  readonly stream: ImageStream;
}

/**
 * `main` is a PUT or PATCH of the stream: status is kept. `internal` may change spec and status together (imports,
 * tags). `status` changes only the status.
 */
export type WriteMode = 'main' | 'internal' | 'status';

export interface StreamUpdate extends TagContext {
  readonly next: ImageStream;
  readonly old: ImageStream;
  readonly mode: WriteMode;
}

/** What must be known before a write: the streams that new and changed tags point to, and the reviews to ask for. */
export function sourcesOf(stream: ImageStream, old?: ImageStream): RequiredSources {
  const own = streamKey(stream.metadata.namespace ?? '', stream.metadata.name ?? '');
  const streams = new Map<string, StreamSource>();
  // A write replaces generation 0 before it looks at sources, so asking for an import again names none.
  const intents = mapTags(stream, (tag) => ({ ...tag, generation: null }));
  for (const tag of changedTags(intents, old)) {
    const source = tag.from === undefined ? undefined : tagSource(stream, tag.from);
    if (source === undefined) continue;
    const key = streamKey(source.namespace, source.name);
    if (key !== own) streams.set(key, { namespace: source.namespace, name: source.name });
  }
  const all = [...streams.values()];
  return {
    streams: all,
    reviews: all.filter((source) => source.namespace !== stream.metadata.namespace),
  };
}

/** A stream as it is created: status dropped, generations 1, internal and reference tags filled. */
export function prepareStreamCreate(write: StreamCreate): PreparedWrite {
  const { tags: _dropped, ...status } = write.stream.status;
  return prepareFirst({ ...write.stream, status }, write);
}

/** A stream that an import or a tag write invents: as a create, but the submitted status is kept. */
export function prepareInternalCreate(write: StreamCreate): PreparedWrite {
  return prepareFirst(write.stream, write);
}

/** A stream as it is stored by an update (openshift-apiserver registry/imagestream strategy). */
export function prepareStreamUpdate(write: StreamUpdate): PreparedWrite {
  if (write.mode === 'status') return prepareStatus(write);
  const { old, next } = write;
  const status = write.mode === 'main' ? old.status : next.status;
  const named = {
    ...next,
    metadata: { ...next.metadata, generation: old.metadata.generation ?? 0 },
    status,
  };
  const sanitised = mapTags(sortedTags(collapsed(named)), (tag) => keptGeneration(tag, old));
  const generation = old.metadata.generation ?? 0;
  const isChanged = generation === 0 || !semanticEqual(sanitised.spec, old.spec);
  return finish(
    withGeneration(sanitised, isChanged ? generation + 1 : generation, old),
    old,
    write,
  );
}

function prepareFirst(stream: ImageStream, context: TagContext): PreparedWrite {
  return finish(withGeneration(sortedTags(collapsed(stream)), 1, undefined), undefined, context);
}

function finish(
  stream: ImageStream,
  old: ImageStream | undefined,
  context: TagContext,
): PreparedWrite {
  const outcome = processTags(withRepositories(stream, context.hosts), old, context);
  const rolledBack = withRollbacks(outcome.stream, old, context.now);
  return {
    stream: propagate(rolledBack.stream, old),
    errors: [...wrappedTagErrors(stream.metadata.name ?? '', outcome.errors), ...rolledBack.errors],
  };
}

/** Copies every current event that differs from the old stream's to the tags that follow it. */
function propagate(stream: ImageStream, old: ImageStream | undefined): ImageStream {
  const moved = (stream.status.tags ?? []).filter(({ tag, items }) => {
    const before = old === undefined ? undefined : newestEvent(old, tag);
    return !sameEvent(items?.[0], before);
  });
  return moved.reduce((result, { tag }) => trackTag(result, tag), stream);
}

function prepareStatus({ next, old, hosts }: StreamUpdate): PreparedWrite {
  const kept: ImageStream = {
    ...next,
    metadata: { ...next.metadata, generation: old.metadata.generation ?? 0 },
    spec: old.spec,
  };
  const stamped = (kept.status.tags ?? []).map((tag) => stampedTag(tag, kept, old));
  const stream = collapsed({ ...kept, status: { ...kept.status, tags: stamped } });
  return { stream: withRepositories(sortedTags(stream), hosts), errors: [] };
}

/** Gives a generation to a newest item that arrives with none: the intent's where the tag moved, else the stream's. */
function stampedTag(
  tag: NamedTagEventList,
  stream: ImageStream,
  old: ImageStream,
): NamedTagEventList {
  const [newest, ...older] = tag.items ?? [];
  if (newest === undefined || newest.generation !== 0) return tag;
  const before = newestEvent(old, tag.tag);
  const isMoved =
    before !== undefined &&
    (before.image !== newest.image || before.dockerImageReference !== newest.dockerImageReference);
  const ofStream = stream.metadata.generation ?? 0;
  const generation = isMoved ? (specTag(stream, tag.tag)?.generation ?? ofStream) : ofStream;
  return { ...tag, items: [{ ...newest, generation }, ...older] };
}

function keptGeneration(tag: TagReference, old: ImageStream): TagReference {
  const before = specTag(old, tag.name);
  if (before === undefined || tag.generation === 0) return tag;
  return { ...tag, generation: before.generation };
}

function withGeneration(
  stream: ImageStream,
  generation: number,
  old: ImageStream | undefined,
): ImageStream {
  const numbered = { ...stream, metadata: { ...stream.metadata, generation } };
  return mapTags(numbered, (tag) => {
    const before = old === undefined ? undefined : specTag(old, tag.name);
    const isNew = before === undefined || tagRefChanged(stream, before, tag);
    return isNew || tag.generation === null || tag.generation === 0 ? { ...tag, generation } : tag;
  });
}

/** Without the status tags that say nothing: neither items nor conditions. */
function collapsed(stream: ImageStream): ImageStream {
  const tags = (stream.status.tags ?? []).filter(
    (tag) => (tag.items ?? []).length > 0 || (tag.conditions ?? []).length > 0,
  );
  return { ...stream, status: { ...stream.status, tags } };
}

function sortedTags(stream: ImageStream): ImageStream {
  const { tags = [] } = stream.spec;
  const statusTags = sortedByName(stream.status.tags ?? [], (tag) => tag.tag);
  const sorted = { ...stream, status: { ...stream.status, tags: statusTags } };
  return tags.length === 0
    ? sorted
    : { ...sorted, spec: { ...stream.spec, tags: sortedByName(tags, (tag) => tag.name) } };
}

function mapTags(stream: ImageStream, change: (tag: TagReference) => TagReference): ImageStream {
  const { tags } = stream.spec;
  return tags === undefined
    ? stream
    : { ...stream, spec: { ...stream.spec, tags: tags.map(change) } };
}
