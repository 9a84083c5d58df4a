import type { DeleteOptions, RequestContext, WriteOptions } from '#src/apiserver/resource.ts';
import { sortedByName } from '#src/domain/history.ts';
import { tagObjectName, type ParsedName, type TagName } from '#src/domain/names.ts';
import { withRepositories } from '#src/domain/repositories.ts';
import { deleteTag } from '#src/domain/tag-delete.ts';
import {
  imageApiVersion,
  imageGroup,
  type Image,
  type ImageStream,
  type TagReference,
} from '#src/domain/types.ts';
import type { GroupResource, ObjectMeta } from '#src/meta/object.ts';
import { conflict, notFound, StatusError, type Status } from '#src/meta/status.ts';

import { requireNamespace } from './core.ts';
import type { ResourceDeps } from './deps.ts';
import { requireStreamQuota } from './quota.ts';
import type { StreamStorage } from './imagestreams/storage.ts';
import { imageKey, imageStreamKey } from './imagestreams/streams.ts';

/** What imagestreamtags and imagetags do alike: both are views of streams, written through them. */
export class TagStorage {
  readonly #deps: ResourceDeps;
  readonly #storage: StreamStorage;
  readonly #resource: GroupResource;

  constructor(deps: ResourceDeps, storage: StreamStorage, resource: string) {
    this.#deps = deps;
    this.#storage = storage;
    this.#resource = { group: imageGroup, resource };
  }

  /** @throws {StatusError} 404 that names the stream */
  async stream(context: RequestContext, name: string): Promise<ImageStream> {
    const stream = await this.find(context, name);
    if (stream === undefined) throw this.missing(name);
    return stream;
  }

  async find(context: RequestContext, name: string): Promise<ImageStream | undefined> {
    const key = imageStreamKey(context.namespace, name);
    const stream = await this.#deps.objects.get<ImageStream>(key);
    return stream === undefined ? undefined : withRepositories(stream, this.#deps.hosts);
  }

  image(name: string): Promise<Image | undefined> {
    return this.#deps.objects.get<Image>(imageKey(name));
  }

  /** The image of an event, if there is one that is still known. */
  async imageOf(event: { readonly image: string } | undefined): Promise<Image | undefined> {
    return event === undefined || event.image === '' ? undefined : this.image(event.image);
  }

  missing(name: string): StatusError {
    return new StatusError(notFound(this.#resource, name));
  }

  /**
   * A tag's resourceVersion is its stream's; without one a write is unconditional.
   * @throws {StatusError} 409 when another one was read, 404 when the stream is gone
   */
  requireVersion(
    { resourceVersion: asked = '' }: ObjectMeta,
    name: string,
    current: ImageStream | undefined,
  ): void {
    if (asked === '') return;
    if (current === undefined) throw this.missing(name);
    const { resourceVersion = '' } = current.metadata;
    if (asked !== resourceVersion)
      throw this.conflict(
        name,
        `another caller has updated the resource version to ${resourceVersion}`,
      );
  }

  /**
   * Writes a stream as tags are written: spec and status together, made again from the fresh stream when somebody else
   * was faster. `change` is given `undefined` when there is no stream yet.
   */
  async write(
    context: RequestContext,
    name: string,
    change: (current: ImageStream | undefined) => Promise<ImageStream>,
    options: WriteOptions,
  ): Promise<ImageStream> {
    const write = { ...options, forceAllowCreate: true };
    try {
      return (await this.#storage.internal.update(context, name, change, write)).object;
    } catch (error) {
      if (!isStreamThere(error)) throw error;
      // Somebody else made the stream first; the tag goes onto theirs.
      return (await this.#storage.internal.update(context, name, change, write)).object;
    }
  }

  /**
   * Removes a tag with its history.
   * @throws {StatusError} 404 when the stream has no such tag, 409 when a precondition does not hold
   */
  async delete(context: RequestContext, name: TagName, options: DeleteOptions): Promise<Status> {
    const text = tagObjectName(name.stream, name.tag);
    await this.stream(context, name.stream);
    await this.write(
      context,
      name.stream,
      async (current) => {
        if (current === undefined) throw this.missing(name.stream);
        this.#checkPreconditions(text, current, options);
        const without = deleteTag(current, name.tag);
        if (without === undefined) throw this.missing(text);
        return without;
      },
      { dryRun: options.dryRun, fieldManager: '' },
    );
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  }

  #checkPreconditions(name: string, stream: ImageStream, { preconditions }: DeleteOptions): void {
    const { uid, resourceVersion } = stream.metadata;
    if (preconditions?.uid !== undefined && preconditions.uid !== uid)
      throw this.conflict(name, 'the UID precondition was not met');
    if (
      preconditions?.resourceVersion !== undefined &&
      preconditions.resourceVersion !== resourceVersion
    )
      throw this.conflict(name, 'the ResourceVersion precondition was not met');
  }

  conflict(name: string, reason: string): StatusError {
    return new StatusError(conflict(this.#resource, name, reason));
  }
}

/** @throws {StatusError} when the name could not be read */
export function nameOf<T>(parsed: ParsedName<T>): T {
  if ('status' in parsed) throw new StatusError(parsed.status);
  return parsed.name;
}

function isStreamThere(error: unknown): boolean {
  if (!(error instanceof StatusError)) return false;
  const { reason, details } = error.status;
  return reason === 'AlreadyExists' && details?.kind === 'imagestreams';
}

/** A stream without tags that does not exist yet. */
export function emptyStream(namespace: string, name: string): ImageStream {
  return {
    kind: 'ImageStream',
    apiVersion: imageApiVersion,
    metadata: { name, namespace },
    spec: { lookupPolicy: { local: false } },
    status: { dockerImageRepository: '' },
  };
}

/** The stream with that spec tag in place of the one of the same name. */
export function withSpecTag(stream: ImageStream, tag: TagReference): ImageStream {
  const tags = sortedByName([...(stream.spec.tags ?? []), tag], (each) => each.name);
  return { ...stream, spec: { ...stream.spec, tags } };
}

/**
 * Before a tag is written whose stream may have to be made.
 * @throws {StatusError} 404 and 403 for a missing or terminating namespace, 403 when a quota is used up
 */
export async function requireNewStream(
  deps: ResourceDeps,
  tags: TagStorage,
  write: {
    readonly context: RequestContext;
    readonly resource: GroupResource;
    readonly name: string;
    readonly stream: string;
  },
): Promise<void> {
  const { context, resource, name, stream } = write;
  if ((await tags.find(context, stream)) !== undefined) return;
  await requireNamespace(deps, resource, context.namespace, name);
  await requireStreamQuota(deps, { resource, namespace: context.namespace, name, stream });
}
