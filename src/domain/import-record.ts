import type { Status } from '#src/meta/status.ts';
import {
  entryTime,
  importCondition,
  newestEvent,
  pushTagEvent,
  specTag,
  statusTag,
  withSpecTag,
  withStatusTag,
} from './history.ts';
import { exactReference, mostSpecific, referenceOf } from './reference.ts';
import { semanticEqual } from './semantic-equal.ts';
import { storedImage } from './stored-image.ts';
import {
  dockerRepositoryCheckAnnotation,
  type Image,
  type ImageImportStatus,
  type ImageStream,
  type ImageStreamImportSpec,
  type ImageStreamImportStatus,
  type TagEventCondition,
  type TagImportPolicy,
  type TagReference,
  type TagReferencePolicy,
} from './types.ts';

/** What an import asked for and what came of it. */
export interface ImportToRecord {
  /** The stored stream; undefined when the import makes it. */
  readonly stream: ImageStream | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly spec: ImageStreamImportSpec;
  readonly status: ImageStreamImportStatus;
  /** RFC 3339; one time for all events of the import. */
  readonly now: string;
  /** The generation that the stream will have after the write; by default one more than it has. */
  readonly nextGeneration?: number;
}

export interface RecordedImport {
  /** To be written as an internal update (or create); tags that moved ask for the new generation with 0. */
  readonly stream: ImageStream;
  /** False when the import found nothing new: then nothing is to be written. */
  readonly changed: boolean;
  /** Images to create where they do not exist yet, the parts of an index before the index. */
  readonly images: readonly Image[];
}

/** How one imported tag is to look in the spec. */
interface Wanted {
  readonly from: string;
  readonly importPolicy: TagImportPolicy;
  readonly referencePolicy: TagReferencePolicy;
}

interface Clock {
  readonly now: string;
  readonly generation: number;
}

/**
 * Applies the outcomes of an import to its stream: good images become tag events, failures become conditions, and the
 * last good image always stays. Recording the same outcome again changes nothing (openshift-apiserver registry/imagestreamimport).
 */
export function recordImport(record: ImportToRecord): RecordedImport {
  const before = record.stream ?? newStream(record.namespace, record.name);
  const generation = record.nextGeneration ?? (before.metadata.generation ?? 0) + 1;
  const clock = { now: record.now, generation };
  const tagged = withImages(withRepository(before, record, clock), record, clock);
  const isFirst = (before.metadata.annotations?.[dockerRepositoryCheckAnnotation] ?? '') === '';
  const changed = record.stream === undefined || isFirst || !semanticEqual(before, tagged);
  return {
    stream: changed ? checked(tagged, record.now) : before,
    changed,
    images: imagesOf(record.status),
  };
}

/**
 * The stored stream after a limit refused the write of an import: the tags that the import would have added say why. A
 * stream that the import would have made does not come to be.
 */
export function recordRefusedImport(
  stream: ImageStream,
  attempted: ImageStream,
  refusal: { readonly status: Status; readonly now: string },
): ImageStream {
  const generation = (stream.metadata.generation ?? 0) + 1;
  const added = (attempted.status.tags ?? []).filter(
    ({ tag }) => statusTag(stream, tag) === undefined,
  );
  return added.reduce(
    (result, { tag }) =>
      withStatusTag(result, {
        tag,
        items: null,
        conditions: [failureCondition(refusal.status, { now: refusal.now, generation })],
      }),
    stream,
  );
}

/** Every image that an import brought, once each, as it is to be stored. */
function imagesOf(status: ImageStreamImportStatus): Image[] {
  const outcomes = [...(status.repository?.images ?? []), ...(status.images ?? [])];
  const images = outcomes.flatMap((outcome) =>
    outcome.status.status === 'Success' && outcome.image !== undefined
      ? [...(outcome.manifests ?? []), outcome.image]
      : [],
  );
  const byName = new Map(images.map((image) => [image.metadata.name ?? '', storedImage(image)]));
  return [...byName.values()];
}

function withRepository(
  stream: ImageStream,
  { spec, status }: ImportToRecord,
  clock: Clock,
): ImageStream {
  const { repository } = spec;
  if (repository === undefined) return stream;
  const source = referenceOf(repository.from.name ?? '');
  let result = stream;
  for (const outcome of status.repository?.images ?? []) {
    const tag = outcome.tag ?? '';
    const from = source === undefined ? '' : exactReference({ ...source, tag, id: '' });
    result =
      outcome.status.status === 'Success'
        ? withSuccess(result, tag, { outcome, wanted: { ...repository, from } }, clock)
        : withFailure(result, tag, outcome.status, clock);
  }
  return result;
}

function withImages(
  stream: ImageStream,
  { spec, status }: ImportToRecord,
  clock: Clock,
): ImageStream {
  let result = stream;
  for (const [index, image] of (spec.images ?? []).entries()) {
    const outcome = status.images?.[index];
    if (image.to === undefined || outcome === undefined) continue;
    const tag = image.to.name;
    const wanted = { ...image, from: image.from.name ?? '' };
    result =
      outcome.status.status === 'Success'
        ? withSuccess(result, tag, { outcome, wanted }, clock)
        : withFailure(withIntent(result, tag, wanted), tag, outcome.status, clock);
  }
  return result;
}

function withSuccess(
  stream: ImageStream,
  tag: string,
  { outcome, wanted }: { readonly outcome: ImageImportStatus; readonly wanted: Wanted },
  clock: Clock,
): ImageStream {
  const { image } = outcome;
  if (image === undefined) return stream;
  const written = image.dockerImageReference ?? '';
  const reference = referenceOf(written);
  const event = {
    created: entryTime(stream, tag, clock.now),
    dockerImageReference:
      reference === undefined
        ? written
        : exactReference(mostSpecific({ ...reference, id: image.metadata.name ?? reference.id })),
    image: image.metadata.name ?? '',
    generation: clock.generation,
  };
  const old = specTag(stream, tag);
  const isMoved = hasMoved(stream, tag, event) || isAhead(stream, tag);
  const pushed = isMoved ? pushTagEvent(stream, tag, event) : stream;
  const next = isMoved || old === undefined ? renewedTag(tag, old, wanted) : old;
  return withoutConditions(
    withSpecTag(pushed, { ...next, importPolicy: wanted.importPolicy }),
    tag,
  );
}

/**
 * An identical failure is written once, however often a schedule repeats it. Where somebody asked again since, the
 * condition takes the new generation, so that the tag is seen to have been tried.
 */
function withFailure(
  ...[stream, tag, status, clock]: [ImageStream, string, Status, Clock]
): ImageStream {
  const existing = statusTag(stream, tag);
  const intent = specTag(stream, tag);
  const known = importCondition(existing);
  const condition = failureCondition(status, clock);
  const repeated = known !== undefined && isSameFailure(known, condition) ? known : undefined;
  if (repeated !== undefined && !isAskedAgain(intent, repeated, clock)) return stream;
  const lastTransitionTime = repeated?.lastTransitionTime ?? clock.now;
  const failed = withStatusTag(stream, {
    tag,
    items: existing?.items ?? null,
    conditions: [{ ...condition, lastTransitionTime }],
  });
  return intent === undefined ? failed : withSpecTag(failed, { ...intent, generation: 0 });
}

/** The intent is newer than the failure that is on record; 0 stands for the generation of this very import. */
function isAskedAgain(
  intent: TagReference | undefined,
  known: TagEventCondition,
  clock: Clock,
): boolean {
  if (intent === undefined || intent.generation === null) return false;
  const generation = intent.generation === 0 ? clock.generation : intent.generation;
  return generation > known.generation;
}

function failureCondition({ reason, message = '' }: Status, clock: Clock): TagEventCondition {
  return {
    type: 'ImportSuccess',
    status: 'False',
    lastTransitionTime: clock.now,
    ...(reason === undefined ? {} : { reason }),
    message: message === '' ? 'unknown error prevented import' : message,
    generation: clock.generation,
  };
}

function isSameFailure(a: TagEventCondition, b: TagEventCondition): boolean {
  return a.status === b.status && a.reason === b.reason && a.message === b.message;
}

/** A failed image still leaves its intent behind, so that it can be tried again. */
function withIntent(stream: ImageStream, tag: string, wanted: Wanted): ImageStream {
  return specTag(stream, tag) === undefined
    ? withSpecTag(stream, renewedTag(tag, undefined, wanted))
    : stream;
}

function renewedTag(name: string, old: TagReference | undefined, wanted: Wanted): TagReference {
  return {
    name,
    annotations: old?.annotations ?? null,
    from: { kind: 'DockerImage', name: wanted.from },
    ...(old?.reference === true ? { reference: true } : {}),
    generation: 0,
    importPolicy: wanted.importPolicy,
    referencePolicy: old?.referencePolicy ?? wanted.referencePolicy,
  };
}

function hasMoved(
  stream: ImageStream,
  tag: string,
  event: { readonly dockerImageReference: string; readonly image: string },
): boolean {
  const current = newestEvent(stream, tag);
  return (
    current?.image !== event.image || current.dockerImageReference !== event.dockerImageReference
  );
}

/** The intent is newer than the history, or there is no intent yet. */
function isAhead(stream: ImageStream, tag: string): boolean {
  const generation = specTag(stream, tag)?.generation ?? null;
  return generation === null || generation > (newestEvent(stream, tag)?.generation ?? 0);
}

function withoutConditions(stream: ImageStream, tag: string): ImageStream {
  const status = statusTag(stream, tag);
  return status?.conditions === undefined
    ? stream
    : withStatusTag(stream, { tag, items: status.items });
}

function checked(stream: ImageStream, now: string): ImageStream {
  const annotations = { ...stream.metadata.annotations, [dockerRepositoryCheckAnnotation]: now };
  return { ...stream, metadata: { ...stream.metadata, annotations } };
}

function newStream(namespace: string, name: string): ImageStream {
  return {
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    metadata: { name, namespace },
    spec: { lookupPolicy: { local: false } },
    status: { dockerImageRepository: '' },
  };
}
