import type { ObjectReference } from '#src/meta/object.ts';
import type { ImageStream } from './types.ts';

/** Where an internal tag points: a tag or an image id in a stream. */
export interface TagSource {
  readonly namespace: string;
  readonly name: string;
  /** The tag (ImageStreamTag) or the id (ImageStreamImage). */
  readonly id: string;
}

export const sourceFormError = 'must be of the form <tag>, <repo>:<tag>, <id>, or <repo>@<id>';

/**
 * Reads `from.name` of an ImageStreamTag (`tag`, `stream:tag`) or an ImageStreamImage (`id`, `stream@id`); a name
 * without a stream means the stream itself. Undefined for every other form and kind.
 */
export function tagSource(stream: ImageStream, from: ObjectReference): TagSource | undefined {
  const separator = sourceSeparator(from);
  if (separator === undefined) return undefined;
  const parts = (from.name ?? '').split(separator);
  const [first = '', second] = parts;
  if (parts.length > 2) return undefined;
  const namespace = sourceNamespace(stream, from);
  return second === undefined
    ? { namespace, name: stream.metadata.name ?? '', id: first }
    : { namespace, name: first, id: second };
}

/** What parts stream and tag, or stream and id, in the name of an internal source; undefined for other kinds. */
export function sourceSeparator(from: ObjectReference): ':' | '@' | undefined {
  if (from.kind === 'ImageStreamTag') return ':';
  return from.kind === 'ImageStreamImage' ? '@' : undefined;
}

/** The namespace that a source names, the stream's own by default. */
export function sourceNamespace(stream: ImageStream, from: ObjectReference): string {
  return from.namespace === undefined || from.namespace === ''
    ? (stream.metadata.namespace ?? '')
    : from.namespace;
}

/** Whether the source lives in the namespace of the stream. */
export function isOwnNamespace(stream: ImageStream, from: ObjectReference): boolean {
  return sourceNamespace(stream, from) === (stream.metadata.namespace ?? '');
}

/** The tag of this very stream that an ImageStreamTag follows; undefined when it names another stream. */
export function tagFromReference(stream: ImageStream, from: ObjectReference): string | undefined {
  const source = tagSource(stream, from);
  return source?.name === stream.metadata.name ? source?.id : undefined;
}
