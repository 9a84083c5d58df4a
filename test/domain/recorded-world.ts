import { allowList, anyRegistry, type AllowList } from '#src/domain/allowed-registries.ts';
import {
  defaultImageStream,
  defaultImportSpec,
  defaultTagReference,
} from '#src/domain/defaults.ts';
import { specTag } from '#src/domain/history.ts';
import { recordImport } from '#src/domain/import-record.ts';
import {
  imageLimits,
  imageSizeStatus,
  limitFieldError,
  streamLimitStatus,
  type ImageLimits,
} from '#src/domain/limits.ts';
import { defaultMapping, mayRetryMapping, recordMapping } from '#src/domain/mapping.ts';
import type { RegistryHosts } from '#src/domain/repositories.ts';
import { semanticEqual } from '#src/domain/semantic-equal.ts';
import {
  prepareInternalCreate,
  prepareStreamCreate,
  prepareStreamUpdate,
  type WriteMode,
} from '#src/domain/stream-write.ts';
import type { TagContext } from '#src/domain/tag-events.ts';
import { deleteSpecTag, deleteTag } from '#src/domain/tag-delete.ts';
import type {
  Image,
  ImageStream,
  ImageStreamImport,
  ImageStreamMapping,
  ImageStreamTag,
  ImageTag,
  TagReference,
} from '#src/domain/types.ts';
import {
  validateImageStream,
  validateImageStreamUpdate,
} from '#src/domain/validation/image-stream.ts';
import { validateImageStreamImport } from '#src/domain/validation/image-stream-import.ts';
import { validateImageStreamMapping } from '#src/domain/validation/image-stream-mapping.ts';
import { validateImageStreamTag } from '#src/domain/validation/image-stream-tag.ts';
import { validateImageTag } from '#src/domain/validation/image-tag.ts';
import type { FieldError } from '#src/meta/field-error.ts';
import { mergePatch } from '#src/meta/merge-patch.ts';
import { validateObjectMeta } from '#src/meta/object-meta.ts';
import { invalidObject } from '#src/meta/status.ts';
import type { Exchange, Target } from './recorded-exchanges.ts';

const group = 'image.openshift.io';

/** What a replayed write came to: the message of a refusal, or the stream as it is now. */
export interface Outcome {
  readonly message?: string;
  readonly stream?: ImageStream;
  /** Whether the stored stream differs from before, its time stamps included. */
  readonly wrote?: boolean;
}

export interface WorldOptions {
  readonly hosts: RegistryHosts;
  readonly allowed?: AllowList;
  readonly limits?: ImageLimits;
}

/** The image API in miniature: streams by key, written through the domain only. */
export class RecordedWorld {
  readonly streams = new Map<string, ImageStream>();
  readonly images = new Map<string, Image>();
  readonly #options: WorldOptions;
  #clock = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  /** Does what the request asks for; undefined where the replay cannot tell. */
  apply(exchange: Exchange, target: Target): Outcome | undefined {
    this.#clock += 1;
    const { method } = exchange;
    switch (target.resource) {
      case 'imagestreams':
        return this.#stream(exchange, target);
      case 'imagestreamtags':
        return method === 'DELETE' ? this.#deleteTag(target) : this.#putTag(exchange, target);
      case 'imagetags':
        return method === 'DELETE' ? this.#deleteTag(target) : this.#putImageTag(exchange, target);
      case 'imagestreammappings':
        return this.#map(exchange, target);
      case 'imagestreamimports':
        return this.#import(exchange, target);
      case 'images':
        if (method === 'DELETE') this.images.delete(target.name);
        return undefined;
      default:
        return undefined;
    }
  }

  key(target: Pick<Target, 'namespace'>, name: string): string {
    return `${target.namespace}/${name}`;
  }

  #stream(exchange: Exchange, target: Target): Outcome | undefined {
    if (exchange.method === 'DELETE') {
      this.streams.delete(this.key(target, target.name));
      return {};
    }
    if (exchange.method === 'POST')
      return isDecoded(exchange) ? this.#createStream(exchange, target) : undefined;
    const old = this.streams.get(this.key(target, target.name));
    if (old === undefined) return undefined;
    const next = exchange.method === 'PUT' ? exchange.body : patched(old, exchange);
    if (next === undefined) return undefined;
    const stream = defaultImageStream(next as Partial<ImageStream>);
    const named = { ...stream, metadata: { ...old.metadata, ...editable(stream) } };
    const mode = target.subresource === 'status' ? 'status' : 'main';
    return this.#update(exchange, target, { next: named, old, mode });
  }

  #createStream(exchange: Exchange, target: Target): Outcome {
    const body = defaultImageStream(exchange.body as Partial<ImageStream>);
    // The server makes the rest of a generated name; its answer tells which.
    const details = exchange.response?.['details'] as { name?: string } | undefined;
    const made = body.metadata.generateName === undefined ? undefined : details?.name;
    const metadata = {
      ...body.metadata,
      ...(made === undefined ? {} : { name: made }),
      namespace: target.namespace,
    };
    return this.#create(exchange, target, { ...body, metadata }, 'main');
  }

  #create(
    ...[exchange, target, stream, mode]: [Exchange, Target, ImageStream, WriteMode]
  ): Outcome {
    const prepare = mode === 'main' ? prepareStreamCreate : prepareInternalCreate;
    const prepared = prepare({ ...this.#context(exchange), stream });
    const errors = [
      ...validateObjectMeta(stream.metadata, true),
      ...prepared.errors,
      ...this.#limitErrors(prepared.stream, undefined, 'stream'),
      ...validateImageStream(prepared.stream, this.#allowed()),
    ];
    return this.#stored(exchange, target, { stream: prepared.stream, errors });
  }

  #update(
    exchange: Exchange,
    target: Target,
    write: { readonly next: ImageStream; readonly old: ImageStream; readonly mode: WriteMode },
  ): Outcome {
    const prepared = prepareStreamUpdate({ ...this.#context(exchange), ...write });
    const isStatus = write.mode === 'status';
    const errors = [
      ...prepared.errors,
      ...this.#limitErrors(prepared.stream, write.old, isStatus ? 'status' : 'stream'),
      ...(isStatus ? [] : validateImageStreamUpdate(prepared.stream, write.old, this.#allowed())),
    ];
    return this.#stored(exchange, target, { stream: prepared.stream, errors });
  }

  #stored(
    exchange: Exchange,
    target: Target,
    { stream, errors }: { readonly stream: ImageStream; readonly errors: readonly FieldError[] },
  ): Outcome {
    const name = stream.metadata.name ?? '';
    if (errors.length > 0) return refused('ImageStream', name, errors);
    const key = this.key(target, name);
    const isDry = target.query.get('dryRun') === 'All' && target.resource === 'imagestreams';
    const wrote = !isDry && !semanticEqual(this.streams.get(key), stream);
    if (exchange.status < 300 && !isDry) this.streams.set(key, stream);
    return { stream, wrote };
  }

  #putTag(exchange: Exchange, target: Target): Outcome | undefined {
    const request = tagRequest(exchange, target);
    if (request === undefined) return this.#follow(exchange, target);
    const { name = '', annotations } = request.metadata;
    const errors = validateImageStreamTag(request, this.#allowed());
    if (errors.length > 0) return refused('ImageStreamTag', name, errors);
    const [stream, tag] = split(name);
    if (request.tag === null) return this.#withTag(exchange, target, { stream, tag: undefined });
    const next = { ...request.tag, name: tag };
    const intent = { ...next, annotations: annotations ?? next.annotations };
    return this.#withTag(exchange, target, { stream, tag: intent });
  }

  /** A patch of a tag is taken from its answer. */
  #follow(exchange: Exchange, target: Target): Outcome | undefined {
    const answered = exchange.response?.['tag'] ?? exchange.response?.['spec'];
    if (exchange.status >= 300 || answered === undefined || answered === null) return undefined;
    const [stream] = split(target.name);
    const tag = defaultTagReference(answered as unknown as TagReference);
    return this.#withTag(exchange, target, { stream, tag: { ...tag, generation: null } });
  }

  #putImageTag(exchange: Exchange, target: Target): Outcome | undefined {
    const request = imageTagRequest(exchange, target);
    if (request === undefined) return this.#follow(exchange, target);
    const { name = '' } = request.metadata;
    if (exchange.method === 'PUT' && request.spec === null)
      return this.#dropIntent(exchange, target, name);
    const errors = validateImageTag(request, this.#allowed());
    if (errors.length > 0) return refused('ImageTag', name, errors);
    if (request.spec === null || exchange.status >= 300) return undefined;
    return this.#withTag(exchange, target, { stream: split(name)[0], tag: request.spec });
  }

  #dropIntent(exchange: Exchange, target: Target, name: string): Outcome | undefined {
    const [stream, tag] = split(name);
    const old = this.streams.get(this.key(target, stream));
    const next = old === undefined ? undefined : deleteSpecTag(old, tag);
    if (old === undefined || next === undefined) return undefined;
    return this.#update(exchange, target, { next, old, mode: 'internal' });
  }

  #withTag(
    exchange: Exchange,
    target: Target,
    write: { readonly stream: string; readonly tag: TagReference | undefined },
  ): Outcome {
    const old = this.streams.get(this.key(target, write.stream));
    const base = old ?? emptyStream(target.namespace, write.stream);
    const others = (base.spec.tags ?? []).filter((each) => each.name !== write.tag?.name);
    const tags = write.tag === undefined ? (base.spec.tags ?? []) : [...others, write.tag];
    const next = { ...base, spec: { ...base.spec, ...(tags.length === 0 ? {} : { tags }) } };
    return old === undefined
      ? this.#create(exchange, target, next, 'main')
      : this.#update(exchange, target, { next, old, mode: 'internal' });
  }

  #deleteTag(target: Target): Outcome | undefined {
    const [stream, tag] = split(target.name);
    const old = this.streams.get(this.key(target, stream));
    const next = old === undefined ? undefined : deleteTag(old, tag);
    if (old === undefined || next === undefined) return undefined;
    const write = { ...this.#context(undefined), next, old, mode: 'internal' as const };
    const prepared = prepareStreamUpdate(write);
    this.streams.set(this.key(target, stream), prepared.stream);
    return { stream: prepared.stream, wrote: true };
  }

  #map(exchange: Exchange, target: Target): Outcome | undefined {
    const sent = exchange.body as unknown as ImageStreamMapping;
    const mapping = defaultMapping(
      {
        ...sent,
        metadata: { ...sent.metadata, namespace: target.namespace },
        image: { ...sent.image, metadata: sent.image.metadata ?? {} },
      },
      this.#options.hosts,
    );
    const { name = '' } = mapping.metadata;
    const errors = validateImageStreamMapping(mapping);
    if (errors.length > 0) return refused('ImageStreamMapping', name, errors);
    const large = imageSizeStatus(mapping.image, name, this.#options.limits ?? {});
    if (large?.message !== undefined) return { message: large.message };
    const old = this.streams.get(this.key(target, name));
    if (old === undefined) return undefined;
    const image = mapping.image;
    const digest = image.metadata.name ?? '';
    const recordedMapping = recordMapping({
      stream: old,
      tag: mapping.tag,
      image,
      existed: this.images.has(digest),
      now: this.#now(),
    });
    this.images.set(digest, this.images.get(digest) ?? image);
    if (!recordedMapping.changed) return { stream: old, wrote: false };
    if (!mayRetryMapping(old, old, mapping.tag)) throw new Error('nothing moved the tag');
    return this.#update(exchange, target, { next: recordedMapping.stream, old, mode: 'status' });
  }

  #import(exchange: Exchange, target: Target): Outcome | undefined {
    const sent = exchange.body as unknown as ImageStreamImport;
    const { name = '' } = sent.metadata;
    const spec = defaultImportSpec(sent.spec);
    const request = { ...sent, metadata: { ...sent.metadata, namespace: target.namespace }, spec };
    const errors = validateImageStreamImport(request);
    if (errors.length > 0) return refused('ImageStreamImport', name, errors);
    const status = exchange.response?.['status'] as unknown as ImageStreamImport['status'] | string;
    if (exchange.status !== 201 || typeof status === 'string') return undefined;
    if (!spec.import) return {};
    return this.#record(exchange, target, { name, spec, status });
  }

  #record(
    exchange: Exchange,
    target: Target,
    request: Pick<ImageStreamImport, 'spec' | 'status'> & { readonly name: string },
  ): Outcome {
    const { namespace } = target;
    const old = this.streams.get(this.key(target, request.name));
    const outcome = recordImport({ ...request, stream: old, namespace, now: this.#now() });
    for (const image of outcome.images) {
      const digest = image.metadata.name ?? '';
      this.images.set(digest, this.images.get(digest) ?? image);
    }
    if (!outcome.changed) return { stream: outcome.stream, wrote: false };
    return old === undefined
      ? this.#create(exchange, target, outcome.stream, 'internal')
      : this.#update(exchange, target, { next: outcome.stream, old, mode: 'internal' });
  }

  #context(exchange: Exchange | undefined): TagContext {
    const isDeveloper = exchange?.headers['authorization'] === 'Bearer dev';
    const denial = { reason: 'oracle stub policy', evaluationError: '' };
    return {
      now: this.#now(),
      hosts: this.#options.hosts,
      sources: this.streams,
      denials: new Map(isDeveloper ? [['forbidden/src', denial]] : []),
    };
  }

  /** A time that no other write has, so that kept and new times can be told apart. */
  #now(): string {
    return `T${this.#clock}`;
  }

  #allowed(): AllowList {
    return this.#options.allowed ?? anyRegistry;
  }

  #limitErrors(
    stream: ImageStream,
    old: ImageStream | undefined,
    mode: 'stream' | 'status',
  ): FieldError[] {
    const status = streamLimitStatus(stream, old, this.#options.limits ?? {});
    return status === undefined ? [] : [limitFieldError(status, mode)];
  }
}

/** The settings that a scenario was recorded with. */
export function settingsOf(scenario: string): WorldOptions {
  const internal = 'image-registry.openshift-image-registry.svc:5000';
  const max = { 'openshift.io/image-tags': '2', 'openshift.io/images': '2' };
  return {
    hosts: {
      ...(scenario.endsWith('noreg') ? {} : { internal }),
      ...(scenario.endsWith('-ext') ? { external: 'registry.apps.example.com' } : {}),
    },
    ...(scenario.startsWith('14-')
      ? {
          allowed: allowList(
            [{ domainName: '127.0.0.1:15000' }, { domainName: '*.example.com' }],
            internal,
          ),
        }
      : {}),
    ...(scenario.startsWith('13-')
      ? {
          limits: imageLimits([
            {
              spec: {
                limits: [
                  { type: 'openshift.io/ImageStream', max },
                  { type: 'openshift.io/Image', max: { storage: '2Ki' } },
                ],
              },
            },
          ]),
        }
      : {}),
  };
}

function refused(kind: string, name: string, errors: readonly FieldError[]): Outcome {
  const { message = '' } = invalidObject({ group, kind }, name, errors);
  return { message };
}

/** What reached the rules: a JSON object that the server took for one. */
function isDecoded({ body, status }: Exchange): boolean {
  return typeof body === 'object' && ![400, 405, 415].includes(status);
}

function editable(stream: ImageStream): ImageStream['metadata'] {
  const { labels, annotations } = stream.metadata;
  return { labels: labels ?? {}, annotations: annotations ?? {} };
}

/** A merge patch is applied; what other patches made is read from the answer, generations as they were before. */
function patched(old: ImageStream, exchange: Exchange): unknown {
  if (
    exchange.headers['content-type'] === 'application/merge-patch+json' &&
    exchange.body !== undefined
  )
    return mergePatch(old as never, exchange.body);
  if (exchange.status >= 300 || exchange.response === undefined) return undefined;
  const answer = exchange.response as unknown as ImageStream;
  const tags = (answer.spec.tags ?? []).map((tag) => ({
    ...tag,
    generation: specTag(old, tag.name)?.generation ?? null,
  }));
  return { ...answer, spec: { ...answer.spec, tags } };
}

function split(name: string): [string, string] {
  const colon = name.indexOf(':');
  return colon === -1 ? [name, ''] : [name.slice(0, colon), name.slice(colon + 1)];
}

/** The tag that a POST or PUT sends; undefined for patches. */
function tagRequest({ body, method }: Exchange, target: Target): ImageStreamTag | undefined {
  if (body === undefined || method === 'PATCH') return undefined;
  const { metadata, tag } = body as unknown as ImageStreamTag;
  return {
    metadata: { ...metadata, namespace: target.namespace },
    tag: tag ? defaultTagReference(tag) : null,
    generation: 0,
    lookupPolicy: { local: false },
    image: { metadata: {} },
  };
}

function imageTagRequest({ body, method }: Exchange, target: Target): ImageTag | undefined {
  if (body === undefined || method === 'PATCH') return undefined;
  const { metadata, spec } = body as unknown as ImageTag;
  return {
    metadata: { ...metadata, namespace: target.namespace },
    spec: spec ? defaultTagReference(spec) : null,
    status: null,
    image: null,
  };
}

function emptyStream(namespace: string, name: string): ImageStream {
  return {
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    metadata: { name, namespace },
    spec: { lookupPolicy: { local: false } },
    status: { dockerImageRepository: '' },
  };
}
