import { importCondition, newestEvent, specTag, statusTag } from './history.ts';
import { heldUntilReleased, holdOf, holdUntilAnnotation } from './hold.ts';
import { movedTags, type TagMove } from './moved-tags.ts';
import type { ImageStream } from './types.ts';

/** Something that happened to a tag, as an Event tells people. */
export interface StreamEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason:
    | 'Imported'
    | 'TagMoved'
    | 'RolledBack'
    | 'TagHeld'
    | 'TagReleased'
    | 'ImportFailed';
  readonly tag: string;
  readonly message: string;
}

/**
 * What a write of a stream tells: tags that an import, a schedule or a rollback moved, holds, and imports that failed.
 * @param old absent when the write made the stream
 * @param next as stored, with the causes in its histories
 */
export function streamEvents(old: ImageStream | undefined, next: ImageStream): StreamEvent[] {
  return [
    ...movedTags(old, next).flatMap(moveEvent),
    ...holdEvents(old, next),
    ...(next.status.tags ?? []).flatMap(({ tag }) => {
      const [before, after] = [old, next].map((stream) => failureMark(stream, tag));
      return after === undefined || after === before ? [] : failureEvents(next, [tag]);
    }),
  ];
}

/** The failures of these tags, of those that failed at their last import. */
export function failureEvents(stream: ImageStream, tags: readonly string[]): StreamEvent[] {
  return tags.flatMap((tag): StreamEvent[] => {
    const condition = importCondition(statusTag(stream, tag));
    if (condition?.status !== 'False') return [];
    const message = `Import of tag ${tag} failed: ${condition.message ?? 'unknown error'}`;
    return [{ type: 'Warning', reason: 'ImportFailed', tag, message }];
  });
}

/** The same as long as it is the same failure of the same request. */
function failureMark(stream: ImageStream | undefined, tag: string): string | undefined {
  const condition = stream && importCondition(statusTag(stream, tag));
  if (condition?.status !== 'False') return undefined;
  return JSON.stringify([condition.reason, condition.message, condition.generation]);
}

function moveEvent({ tag, from, to }: TagMove): StreamEvent[] {
  const normal = { type: 'Normal', tag } as const;
  const before = from === undefined ? '' : ` from ${from.image}`;
  switch (to.cause) {
    case 'import':
      return [
        {
          ...normal,
          reason: 'Imported',
          message: `Tag ${tag} imported ${to.dockerImageReference}`,
        },
      ];
    case 'schedule':
      return [
        {
          ...normal,
          reason: 'TagMoved',
          message: `Tag ${tag} followed its source${before} to ${to.dockerImageReference}`,
        },
      ];
    case 'rollback':
      return [
        {
          ...normal,
          reason: 'RolledBack',
          message: `Tag ${tag} was rolled back by ${to.by ?? 'somebody'}${before} to ${to.image}`,
        },
      ];
    case 'tag':
    case 'status':
    case 'mapping':
    case undefined:
      break;
  }
  return [];
}

function holdEvents(old: ImageStream | undefined, next: ImageStream): StreamEvent[] {
  return (next.spec.tags ?? []).flatMap((tag): StreamEvent[] => {
    const { name } = tag;
    const before = old && specTag(old, name)?.annotations?.[holdUntilAnnotation];
    const after = tag.annotations?.[holdUntilAnnotation];
    if ((before ?? '') === (after ?? '')) return [];
    const hold = holdOf(tag);
    if (hold === undefined)
      return [
        {
          type: 'Normal',
          reason: 'TagReleased',
          tag: name,
          message: `Tag ${name} is held no more`,
        },
      ];
    const image = newestEvent(next, name)?.image;
    const where = image === undefined ? '' : ` at ${image}`;
    const until = hold.until ?? `it is ${heldUntilReleased}`;
    const message = `Tag ${name} is held${where} until ${until}`;
    return [{ type: 'Normal', reason: 'TagHeld', tag: name, message }];
  });
}
