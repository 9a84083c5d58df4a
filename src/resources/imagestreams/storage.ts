import { createGenericRest, type GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { RequestContext } from '#src/apiserver/resource.ts';
import { defaultImageStream } from '#src/domain/defaults.ts';
import {
  prepareInternalCreate,
  prepareStreamCreate,
  prepareStreamUpdate,
  sourcesOf,
  type PreparedWrite,
  type WriteMode,
} from '#src/domain/stream-write.ts';
import type { TagContext } from '#src/domain/tag-events.ts';
import { limitFieldError, streamLimitStatus } from '#src/domain/limits.ts';
import { withOrigins } from '#src/domain/origin.ts';
import { retentionOf, withRetention } from '#src/domain/retention.ts';
import { imageGroup, type ImageStream, type TagCause } from '#src/domain/types.ts';
import { allowList } from '#src/domain/allowed-registries.ts';
import {
  validateImageStream,
  validateImageStreamStatusUpdate,
  validateImageStreamUpdate,
} from '#src/domain/validation/image-stream.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import type { FieldError } from '#src/meta/field-error.ts';

import { namespaceLimits } from '../limits.ts';
import { sourceDenials } from '../access.ts';
import { storedIn } from '../core.ts';
import type { StorageDeps } from '../deps.ts';
import { withinQuota } from '../quota-guard.ts';
import { imageStreamStrategy, type StreamOutcome } from './strategy.ts';
import { loadStreams } from './streams.ts';

/** The ways in which a stream is written; all read alike. Each leaves its cause in the histories of moved tags. */
export interface StreamStorage {
  /** What clients write: spec only. */
  readonly main: GenericRest<ImageStream>;
  /** What writes of tags do: spec and status together. */
  readonly internal: GenericRest<ImageStream>;
  /** As `internal`, for imports that were asked for. */
  readonly imports: GenericRest<ImageStream>;
  /** As `internal`, for what scheduled checks found. */
  readonly schedule: GenericRest<ImageStream>;
  /** `/status`: status only. */
  readonly status: GenericRest<ImageStream>;
  /** As `status`, for pushes. */
  readonly pushes: GenericRest<ImageStream>;
}

/** Streams in the store, with every rule of a write. */
export function streamStorage(deps: StorageDeps): StreamStorage {
  return {
    main: restOf(deps, 'main', 'tag'),
    internal: restOf(deps, 'internal', 'tag'),
    imports: restOf(deps, 'internal', 'import'),
    schedule: restOf(deps, 'internal', 'schedule'),
    status: restOf(deps, 'status', 'status'),
    pushes: restOf(deps, 'status', 'mapping'),
  };
}

function restOf(deps: StorageDeps, mode: WriteMode, cause: TagCause): GenericRest<ImageStream> {
  return createGenericRest<ImageStream, StreamOutcome>({
    ...storedIn(
      { ...deps, objects: withinQuota(deps.objects, deps.clock) },
      {
        group: imageGroup,
        version: 'v1',
        resource: 'imagestreams',
        kind: 'ImageStream',
        strategy: imageStreamStrategy(deps.hosts),
      },
    ),
    load: (context, next, current) => outcome(deps, { context, next, current, mode, cause }),
  });
}

interface StreamWrite {
  readonly context: RequestContext;
  readonly next: ImageStream;
  readonly current: ImageStream | undefined;
  readonly mode: WriteMode;
  readonly cause: TagCause;
}

async function outcome(deps: StorageDeps, write: StreamWrite): Promise<StreamOutcome> {
  const next = defaultImageStream(write.next, deps.importMode);
  const [tagContext, limits] = await Promise.all([
    tagContextOf(deps, { ...write, next }),
    namespaceLimits(deps.objects, write.context.namespace),
  ]);
  const { stream, errors } = prepared({ ...write, next }, tagContext);
  const exceeded = streamLimitStatus(stream, write.current, limits);
  const shown = write.mode === 'status' ? 'status' : 'stream';
  const { cause, context, current } = write;
  const sealed = withOrigins(stream, current, { cause, by: context.user.username });
  return {
    stream: withRetention(sealed, retentionOf(sealed, deps.retention), tagContext.now),
    errors: [
      ...errors,
      ...(exceeded === undefined ? [] : [limitFieldError(exceeded, shown)]),
      ...validationErrors(deps, stream, write),
    ],
  };
}

function prepared({ next, current, mode }: StreamWrite, context: TagContext): PreparedWrite {
  if (current !== undefined) return prepareStreamUpdate({ ...context, next, old: current, mode });
  return mode === 'internal'
    ? prepareInternalCreate({ ...context, stream: next })
    : prepareStreamCreate({ ...context, stream: next });
}

async function tagContextOf(
  { objects, authorizer, clock, hosts }: StorageDeps,
  { context, next, current }: StreamWrite,
): Promise<TagContext> {
  const required = sourcesOf(next, current);
  const [sources, denials] = await Promise.all([
    loadStreams(objects, required.streams),
    sourceDenials(authorizer, context.user, required.reviews),
  ]);
  return { now: rfc3339(clock.now()), hosts, sources, denials };
}

function validationErrors(
  deps: StorageDeps,
  stream: ImageStream,
  write: StreamWrite,
): FieldError[] {
  const { current, mode } = write;
  const allowed = allowList(deps.allowedRegistries, deps.hosts.internal);
  if (current === undefined) return validateImageStream(stream, allowed);
  return mode === 'status'
    ? validateImageStreamStatusUpdate(stream, current, allowed)
    : validateImageStreamUpdate(stream, current, allowed);
}
