import type { ImageStream } from './types.ts';

/**
 * The stream without a tag: intent, history and conditions. Undefined when it had neither. Tags that followed it keep
 * what they have, and images stay until they are pruned.
 */
export function deleteTag(stream: ImageStream, tag: string): ImageStream | undefined {
  const withoutSpec = deleteSpecTag(stream, tag);
  const statusTags = stream.status.tags ?? [];
  const history = statusTags.filter((each) => each.tag !== tag);
  if (history.length === statusTags.length) return withoutSpec;
  const { tags: _tags, ...status } = stream.status;
  return {
    ...(withoutSpec ?? stream),
    status: history.length === 0 ? status : { ...status, tags: history },
  };
}

/** The stream without the intent of a tag; history and conditions stay. Undefined when there was no intent. */
export function deleteSpecTag(stream: ImageStream, tag: string): ImageStream | undefined {
  const specTags = stream.spec.tags ?? [];
  const intents = specTags.filter((each) => each.name !== tag);
  if (intents.length === specTags.length) return undefined;
  const { tags: _tags, ...spec } = stream.spec;
  return { ...stream, spec: intents.length === 0 ? spec : { ...spec, tags: intents } };
}
