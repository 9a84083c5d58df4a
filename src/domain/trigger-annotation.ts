import { isJsonObject } from '#src/meta/json.ts';
import type { KubeObject } from '#src/meta/object.ts';

/** On a workload: which of its containers run the image of which tag. */
export const triggersAnnotation = 'image.openshift.io/triggers';

/** One container that follows a tag. */
export interface ImageTrigger {
  readonly from: {
    readonly kind: string;
    /** `stream:tag`. */
    readonly name: string;
    /** The workload's own namespace where it is absent. */
    readonly namespace?: string;
    readonly apiVersion?: string;
  };
  /** `spec.template.spec.containers[?(@.name=="web")].image`. */
  readonly fieldPath: string;
  readonly paused: boolean;
}

export type ParsedTriggers =
  | { readonly triggers: readonly ImageTrigger[] }
  | { readonly error: string };

/** A stream tag that a workload follows. */
export interface FollowedTag {
  readonly namespace: string;
  readonly stream: string;
  readonly tag: string;
}

/** The triggers of a workload; none without the annotation, an error for one that cannot be read as a whole. */
export function triggersOf(object: KubeObject): ParsedTriggers {
  const text = object.metadata.annotations?.[triggersAnnotation] ?? '';
  return text === '' ? { triggers: [] } : parseTriggers(text);
}

/** Reads the value of the annotation: a JSON list in which every field path occurs once. */
export function parseTriggers(text: string): ParsedTriggers {
  const list = parsedList(text);
  if (list === undefined) return { error: 'the triggers are no JSON list' };
  const triggers = list.map(triggerOf);
  if (!triggers.every((trigger) => trigger !== undefined))
    return { error: 'a trigger needs from.kind, from.name and fieldPath; paused is true or false' };
  const paths = new Set(triggers.map((trigger) => trigger.fieldPath));
  return paths.size < triggers.length
    ? { error: 'duplicate triggers are not allowed' }
    : { triggers };
}

/** The tags whose moves concern a workload: those of ImageStreamTag triggers that are not paused. */
export function followedTags(namespace: string, triggers: readonly ImageTrigger[]): FollowedTag[] {
  return triggers.flatMap((trigger) => {
    const { kind, name, apiVersion = '' } = trigger.from;
    if (kind !== 'ImageStreamTag' || apiVersion !== '' || trigger.paused) return [];
    const followed = followedTag(namespace, trigger);
    return followed === undefined || !name.includes(':') ? [] : [followed];
  });
}

/** The tag that a trigger names; undefined when its name has no colon. */
export function followedTag(namespace: string, { from }: ImageTrigger): FollowedTag | undefined {
  const colon = from.name.indexOf(':');
  if (colon === -1) return undefined;
  const { namespace: given = '' } = from;
  return {
    namespace: given === '' ? namespace : given,
    stream: from.name.slice(0, colon),
    tag: from.name.slice(colon + 1),
  };
}

function parsedList(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function triggerOf(value: unknown): ImageTrigger | undefined {
  if (!isJsonObject(value) || !isJsonObject(value['from'])) return undefined;
  const { from, fieldPath, paused = false } = value;
  const { kind, name, namespace, apiVersion } = from as Record<string, unknown>;
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined;
  if (typeof fieldPath !== 'string' || typeof paused !== 'boolean') return undefined;
  return {
    from: {
      kind,
      name,
      ...(typeof namespace === 'string' ? { namespace } : {}),
      ...(typeof apiVersion === 'string' ? { apiVersion } : {}),
    },
    fieldPath,
    paused,
  };
}
