import { createHash, randomUUID } from 'node:crypto';

import type { StreamEvent } from '#src/domain/stream-events.ts';
import { imageGroup, type ImageStream } from '#src/domain/types.ts';
import { rfc3339, type Clock } from '#src/lib/clock.ts';
import type { KubeObject, ObjectReference } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';
import { StoreError, type Key } from '#src/store/store.ts';

/** The part of a core/v1 Event that is written here. */
export interface StreamEventObject extends KubeObject {
  readonly involvedObject: ObjectReference;
  readonly count: number;
  readonly lastTimestamp: string;
}

export interface EventRecorderOptions {
  readonly objects: Objects;
  readonly clock: Clock;
}

/** Who writes the events, as `kubectl describe` names it. */
const component = 'sluice';
/** Longest name of an object, less the dot and the hash. */
const maxPrefix = 253 - 17;
const maxAttempts = 5;
/** A registry that is away fails thousands of tags again and again; nobody needs every single time. */
const repeatMs = 5 * 60_000;

/**
 * Writes core/v1 Events about image streams. As with Kubernetes' own recorder, the same event of the same object is one
 * Event whose `count` and `lastTimestamp` go up; here its name says which one it is, so that many processes agree.
 */
export class EventRecorder {
  readonly #objects: Objects;
  readonly #clock: Clock;

  constructor({ objects, clock }: EventRecorderOptions) {
    this.#objects = objects;
    this.#clock = clock;
  }

  /** Records what a write of the stream told; telling it of the same write again changes nothing. */
  record(stream: ImageStream, events: readonly StreamEvent[]): Promise<void> {
    return this.#writeAll(stream, events, true);
  }

  /** Records what happened again without a write of the stream; each event counts once in five minutes at most. */
  repeat(stream: ImageStream, events: readonly StreamEvent[]): Promise<void> {
    return this.#writeAll(stream, events, false);
  }

  async #writeAll(
    stream: ImageStream,
    events: readonly StreamEvent[],
    oncePerWrite: boolean,
  ): Promise<void> {
    if (events.length === 0 || !(await this.#isOpen(stream.metadata.namespace ?? ''))) return;
    for (const event of events) await this.#write(stream, event, oncePerWrite);
  }

  async #write(stream: ImageStream, event: StreamEvent, oncePerWrite: boolean): Promise<void> {
    const key = keyOf(stream, event);
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const known = await this.#objects.get<StreamEventObject>(key);
      const nowMs = this.#clock.now();
      const told =
        known !== undefined && (oncePerWrite ? isAbout(known, stream) : isRecent(known, nowMs));
      if (told) return;
      const now = rfc3339(nowMs);
      try {
        if (known === undefined) await this.#objects.create(key, newEvent(key, stream, event, now));
        else await this.#objects.update(key, repeated(known, stream, now));
        return;
      } catch (error) {
        // Somebody else was faster, or it has just expired.
        if (!(error instanceof StoreError) || error.code === 'Unavailable') throw error;
      }
    }
  }

  /** Nothing is written into a namespace that is going, or it could not. */
  async #isOpen(namespace: string): Promise<boolean> {
    const key = { resource: 'namespaces', namespace: '', name: namespace };
    const found = await this.#objects.get(key);
    return found !== undefined && found.metadata.deletionTimestamp === undefined;
  }
}

function keyOf({ metadata }: ImageStream, { type, reason, tag, message }: StreamEvent): Key {
  const { name = '', namespace = '', uid = '' } = metadata;
  const hash = createHash('sha256').update(JSON.stringify([uid, type, reason, tag, message]));
  return {
    resource: 'events',
    namespace,
    name: `${name.slice(0, maxPrefix)}.${hash.digest('hex').slice(0, 16)}`,
  };
}

function newEvent(
  { name, namespace }: Key,
  stream: ImageStream,
  { type, reason, tag, message }: StreamEvent,
  now: string,
): StreamEventObject {
  const { metadata } = stream;
  return {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name, namespace, uid: randomUUID(), creationTimestamp: now },
    involvedObject: {
      kind: 'ImageStream',
      namespace,
      name: metadata.name ?? '',
      uid: metadata.uid ?? '',
      apiVersion: `${imageGroup}/v1`,
      resourceVersion: metadata.resourceVersion ?? '',
      fieldPath: `spec.tags{${tag}}`,
    },
    reason,
    message,
    source: { component },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type,
    eventTime: null,
    reportingComponent: component,
    reportingInstance: '',
  } as StreamEventObject;
}

function repeated(
  known: StreamEventObject,
  { metadata }: ImageStream,
  now: string,
): StreamEventObject {
  const resourceVersion = metadata.resourceVersion ?? '';
  return {
    ...known,
    involvedObject: { ...known.involvedObject, resourceVersion },
    count: known.count + 1,
    lastTimestamp: now,
  };
}

function isRecent({ lastTimestamp }: StreamEventObject, now: number): boolean {
  return now - Date.parse(lastTimestamp) < repeatMs;
}

/** Whether an event has been told of this write of the stream, or of a later one. */
function isAbout({ involvedObject }: StreamEventObject, { metadata }: ImageStream): boolean {
  return Number(involvedObject.resourceVersion) >= Number(metadata.resourceVersion);
}
