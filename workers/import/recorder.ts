import { mastersAuthorizer, mastersGroup } from '#src/apiserver/authorize/built-in.ts';
import type { GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { RequestContext, UserInfo } from '#src/apiserver/resource.ts';
import { EventRecorder } from '#src/controllers/events/event-recorder.ts';
import { recordImport, recordRefusedImport } from '#src/domain/import-record.ts';
import { specTag, statusTag } from '#src/domain/history.ts';
import { failureEvents, type StreamEvent } from '#src/domain/stream-events.ts';
import { withoutOrigins, withSecrets } from '#src/domain/origin.ts';
import {
  imageGroup,
  type Image,
  type ImageImportStatus,
  type ImageStream,
  type ImageStreamImportSpec,
  type ImageStreamImportStatus,
} from '#src/domain/types.ts';
import { rfc3339, type Clock } from '#src/lib/clock.ts';
import { modified, StatusError, type Status } from '#src/meta/status.ts';
import type { StorageDeps } from '#src/resources/deps.ts';
import { imageStorage } from '#src/resources/images/resource.ts';
import { streamStorage, type StreamStorage } from '#src/resources/imagestreams/storage.ts';
import { imageKey } from '#src/resources/imagestreams/streams.ts';
import type { Objects } from '#src/store/objects.ts';

/** An import whose answers are known, to be put on the record. */
export interface ImportToStore {
  readonly namespace: string;
  readonly name: string;
  /** The stream that the import was planned on; undefined when the import makes it. */
  readonly stream: ImageStream | undefined;
  readonly spec: ImageStreamImportSpec;
  readonly status: ImageStreamImportStatus;
  /** Who asked; the controller when absent. */
  readonly user?: UserInfo;
  /** The pull secret that opened the registry, by tag; empty where it wanted none. */
  readonly secrets?: ReadonlyMap<string, string>;
  /** A scheduled check found it; otherwise it was asked for. */
  readonly scheduled?: boolean;
  readonly signal: AbortSignal;
}

export interface StoredImport {
  readonly stream: ImageStream;
  /** With the images as they are stored. */
  readonly status: ImageStreamImportStatus;
  /** False when there was nothing new, and the stream was not written. */
  readonly changed: boolean;
}

const controller: UserInfo = {
  username: 'system:serviceaccount:openshift-infra:image-import-controller',
  groups: ['system:serviceaccounts', mastersGroup],
};

/** Puts imports on the record by the rules that hold for every write of streams and images. */
export class ImportRecorder {
  readonly #objects: Objects;
  readonly #clock: Clock;
  readonly #streams: StreamStorage;
  readonly #images: GenericRest<Image>;
  readonly #events: EventRecorder;

  constructor(deps: Omit<StorageDeps, 'authorizer'>) {
    // What users may ask for was reviewed before their request got here.
    const own = { ...deps, authorizer: mastersAuthorizer };
    this.#objects = deps.objects;
    this.#clock = deps.clock;
    this.#streams = streamStorage(own);
    this.#images = imageStorage(own);
    this.#events = new EventRecorder(own);
  }

  /**
   * Creates the images that are new and then writes the stream, if it changes at all. The same import recorded twice
   * changes nothing the second time, so a worker that was lost in between costs nothing but time.
   * @throws {StatusError} 409 when the stream was written since it was loaded, 403 and 422 when its rules forbid the write
   */
  async store(work: ImportToStore): Promise<StoredImport> {
    const { namespace, name, stream, spec, status } = work;
    const now = rfc3339(this.#clock.now());
    const recorded = recordImport({ stream, namespace, name, spec, status, now });
    const context = contextOf(work);
    const created = await this.#createImages(context, recorded.images);
    const answer = withStored(status, created);
    if (!recorded.changed) {
      await this.#events.repeat(recorded.stream, repeatedFailures(work, recorded.stream));
      return { stream: withoutOrigins(recorded.stream), status: answer, changed: false };
    }
    const marked = withSecrets(recorded.stream, stream, work.secrets ?? new Map());
    const object = await this.#write(work, marked);
    // Until the stream had them the images were anybody's to prune.
    await this.#createImages(context, recorded.images);
    return { stream: object, status: answer, changed: true };
  }

  /** Where a limit kept an import from the record, the tags that it would have brought say so. */
  async explainLimit(work: ImportToStore, limit: Status): Promise<void> {
    const { stream } = work;
    if (stream === undefined) return;
    const now = rfc3339(this.#clock.now());
    const attempted = recordImport({ ...work, now });
    const explained = recordRefusedImport(stream, attempted.stream, { status: limit, now });
    try {
      await this.#write(work, explained);
    } catch (error) {
      // The refusal is what counts, and it is answered in any case.
      if (!(error instanceof StatusError)) throw error;
    }
  }

  async #write(work: ImportToStore, next: ImageStream): Promise<ImageStream> {
    const { name, stream } = work;
    const streams = work.scheduled === true ? this.#streams.schedule : this.#streams.imports;
    const { object } = await streams.update(
      contextOf(work),
      name,
      (current) => {
        if (stream === undefined && current !== undefined) throw moved(name);
        return next;
      },
      { dryRun: false, fieldManager: 'sluice', forceAllowCreate: stream === undefined },
    );
    return object;
  }

  async #createImages(
    context: RequestContext,
    images: readonly Image[],
  ): Promise<ReadonlyMap<string, Identity>> {
    const stored = new Map<string, Identity>();
    for (const image of images) {
      const name = image.metadata.name ?? '';
      // Most images of a re-import are known; a read is cheaper than a write that fails.
      const known = await this.#objects.get<Image>(imageKey(name));
      if (known !== undefined) {
        stored.set(name, identityOf(known));
        continue;
      }
      try {
        const created = await this.#images.create({ ...context, namespace: '' }, image, {
          dryRun: false,
          fieldManager: 'sluice',
        });
        const { resourceVersion = '' } = created.metadata;
        stored.set(name, { ...identityOf(created), resourceVersion });
      } catch (error) {
        if (!(error instanceof StatusError && error.status.reason === 'AlreadyExists')) throw error;
      }
    }
    return stored;
  }
}

/** Failures that are on record already, as they happened once more; what is new the stream's own write tells. */
function repeatedFailures({ spec, status }: ImportToStore, stream: ImageStream): StreamEvent[] {
  const tags = (spec.images ?? []).flatMap(({ to }, index) =>
    to !== undefined && status.images?.[index]?.status.status !== 'Success' ? [to.name] : [],
  );
  return failureEvents(stream, tags);
}

/** Whether a write lost against another one. */
export function isConflict(error: unknown): boolean {
  return error instanceof StatusError && error.status.reason === 'Conflict';
}

/**
 * Whether the tags of an import are wanted in the fresh stream as they were when it was planned; then its answers can be
 * recorded there, and nothing that somebody changed in between is undone.
 */
export function hasSameIntent(
  spec: ImageStreamImportSpec,
  planned: ImageStream | undefined,
  fresh: ImageStream | undefined,
): boolean {
  if (planned === undefined || fresh === undefined || spec.repository !== undefined) return false;
  if (planned.metadata.uid !== fresh.metadata.uid) return false;
  const tags = (spec.images ?? []).flatMap(({ to }) => (to === undefined ? [] : [to.name]));
  return tags.every(
    (tag) => JSON.stringify(specTag(planned, tag)) === JSON.stringify(specTag(fresh, tag)),
  );
}

/**
 * Whether another import was recorded for one of the tags meanwhile. Its answer may be younger than ours, so the
 * registries must be asked again: an older image would come on top of a newer one.
 */
export function hasOtherImport(
  spec: ImageStreamImportSpec,
  planned: ImageStream | undefined,
  fresh: ImageStream | undefined,
): boolean {
  if (planned === undefined || fresh === undefined) return planned !== fresh;
  return (spec.images ?? []).some(
    ({ to }) =>
      JSON.stringify(statusTag(planned, to?.name ?? '')) !==
      JSON.stringify(statusTag(fresh, to?.name ?? '')),
  );
}

function moved(name: string): StatusError {
  return new StatusError(modified({ group: imageGroup, resource: 'imagestreams' }, name));
}

function contextOf({ namespace, name, user, signal }: ImportToStore): RequestContext {
  return {
    user: user ?? controller,
    namespace,
    name,
    signal,
    warn: () => undefined,
    query: new URLSearchParams(),
  };
}

/** What the record adds to an image; the rest of the answer stays what the registry said. */
type Identity = Pick<Image['metadata'], 'uid' | 'creationTimestamp' | 'resourceVersion'>;

function identityOf({ metadata: { uid = '', creationTimestamp = null } }: Image): Identity {
  return { uid, creationTimestamp };
}

function withStored(
  status: ImageStreamImportStatus,
  identities: ReadonlyMap<string, Identity>,
): ImageStreamImportStatus {
  const stored = (image: Image): Image => ({
    ...image,
    metadata: { ...image.metadata, ...identities.get(image.metadata.name ?? '') },
  });
  const each = (outcome: ImageImportStatus): ImageImportStatus => ({
    ...outcome,
    ...(outcome.image === undefined ? {} : { image: stored(outcome.image) }),
    ...(outcome.manifests === undefined ? {} : { manifests: outcome.manifests.map(stored) }),
  });
  return {
    ...status,
    ...(status.images === undefined ? {} : { images: status.images.map(each) }),
    ...(status.repository?.images === undefined
      ? {}
      : { repository: { ...status.repository, images: status.repository.images.map(each) } }),
  };
}
