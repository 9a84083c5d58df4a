import { verifiedBytes } from '../content/verify.ts';
import type { CallOptions, Descriptor, VerifiedBody } from '../content/types.ts';
import {
  HttpStatusError,
  NotFoundError,
  RateLimitedError,
  ServerError,
  UnauthorizedError,
} from '../errors/answers.ts';
import {
  DigestMismatchError,
  InvalidReferenceError,
  SizeMismatchError,
} from '../errors/content.ts';
import type { HostProfile } from '../hosts/config.ts';
import { standardProfile } from '../hosts/profiles.ts';
import type { ParseLimits } from '../manifest/types.ts';
import type { ByteLimit } from '../net/body.ts';
import { Operation } from '../net/operation.ts';
import { rateInfo } from '../net/rate.ts';
import { isDigest, type Digest } from '../ref/digest.ts';
import { acceptProfile, manifestAccept, mediaTypeOf } from '../ref/media-type.ts';
import { isTag } from '../ref/reference.ts';
import { cleanText } from '../text.ts';
import { headerOf, type Call, type Reply } from './call.ts';
import type { Endpoint } from './endpoint.ts';
import { originOf, readManifest, warningsOf, type Expected } from './manifest-reply.ts';
import type { Session } from './session.ts';
import type {
  FetchedManifest,
  KnownTag,
  ManifestStore,
  ResolveOptions,
  ResolveResult,
} from './types.ts';

/** A manifest that was fetched, and as whom. */
export interface Fetched {
  readonly manifest: FetchedManifest;
  /** Fingerprint. */
  readonly credential: string;
}

const plainHeaders = { accept: manifestAccept };

type Method = Exclude<NonNullable<ResolveOptions['method']>, 'auto'>;

/** The manifests of a repository. */
export class Manifests implements ManifestStore {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async fetch(descriptor: Descriptor, options: CallOptions = {}): Promise<VerifiedBody> {
    const operation = this.#operation(options);
    const { manifest } = await this.load(descriptor.digest, operation, {}, descriptor);
    return verifiedBytes(descriptor, manifest.raw);
  }

  async exists(descriptor: Descriptor, options: CallOptions = {}): Promise<boolean> {
    const operation = this.#operation(options);
    try {
      await this.#session.call(this.#call('HEAD', descriptor.digest), operation);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  async get(reference: string, options: CallOptions & ParseLimits = {}): Promise<FetchedManifest> {
    const operation = this.#operation(options);
    const { manifest } = await this.load(reference, operation, options);
    return manifest;
  }

  resolve(reference: string, options: ResolveOptions = {}): Promise<ResolveResult> {
    return this.resolveWithin(reference, options, this.#operation(options));
  }

  /**
   * GET, verified; content that does not match is asked for once more on new connections.
   * @param expected what an index says about it
   */
  async load(
    reference: string,
    operation: Operation,
    limits: ParseLimits = {},
    expected?: Descriptor,
  ): Promise<Fetched> {
    const call = this.#call('GET', reference, limits.maxBytes);
    for (let isSecond = false; ; isSecond = true) {
      const reply = await this.#session.call(call, operation);
      try {
        return {
          manifest: readManifest(reply, reference, this.#expected(limits, expected)),
          credential: reply.credential.id,
        };
      } catch (error) {
        const isWrong = error instanceof DigestMismatchError || error instanceof SizeMismatchError;
        if (!isWrong || isSecond) throw error;
        // The bytes may have been meant for another request.
        this.#session.distrust(reply);
        operation.stats.retries += 1;
      }
    }
  }

  /** As `resolve`, as a part of a longer operation. */
  async resolveWithin(
    reference: string,
    options: ResolveOptions,
    operation: Operation,
  ): Promise<ResolveResult> {
    const known = usable(options.known);
    const found = this.#session.endpoints(isDigest(reference) ? 'digest' : 'tag');
    const endpoints = found instanceof Promise ? await found : found;
    const method = this.#method(endpoints, options, known !== undefined);
    if (method === 'head') {
      // Every check passes here: what can be done without another promise is.
      const call = this.#call('HEAD', reference);
      let result: ResolveResult | undefined;
      try {
        result = headResult(await this.#session.callOneOf(endpoints, call, operation));
      } catch (error) {
        if (isFinal(error)) throw error;
      }
      if (result !== undefined) return unchangedOr(result, known?.digest, 'head');
    }
    if (method === 'conditional-get' && known !== undefined)
      return this.#conditionalGet(endpoints, reference, known, operation);
    const result = await this.#get(reference, known, operation);
    if (method === 'head') this.#session.learnHeadUnreliable();
    return result;
  }

  async #get(
    reference: string,
    known: KnownTag | undefined,
    operation: Operation,
  ): Promise<ResolveResult> {
    const { manifest } = await this.load(reference, operation);
    return unchangedOr(resolved(manifest), known?.digest, 'get');
  }

  async #conditionalGet(
    endpoints: readonly Endpoint[],
    reference: string,
    { digest, etag }: KnownTag,
    operation: Operation,
  ): Promise<ResolveResult> {
    const call = this.#call('GET', reference, undefined, etag ?? `"${digest}"`);
    const reply = await this.#session.callOneOf(endpoints, call, operation);
    if (reply.status === 304) return { kind: 'unchanged', digest, via: '304', ...originOf(reply) };
    const manifest = readManifest(reply, reference, this.#expected({}));
    const result = unchangedOr(resolved(manifest), digest, 'get');
    if (result.kind === 'unchanged') this.#session.core.profiles.ignoresConditions(reply.endpoint);
    return result;
  }

  #method(
    endpoints: readonly Endpoint[],
    { method = 'auto' }: ResolveOptions,
    isKnown: boolean,
  ): Method {
    if (method !== 'auto') return method;
    const { tagCheck, headReliable } = this.#profileOf(endpoints);
    if (tagCheck === 'conditional-get' && isKnown) return 'conditional-get';
    if (tagCheck === 'get' || !headReliable || this.#session.headUnreliable)
      return isKnown ? 'conditional-get' : 'get';
    return 'head';
  }

  /** The registry's own, which is asked last. */
  #profileOf(endpoints: readonly Endpoint[]): HostProfile {
    const source = endpoints.at(-1);
    return source === undefined ? standardProfile : this.#session.core.profiles.of(source);
  }

  #call(method: 'GET' | 'HEAD', reference: string, maxBytes?: number, etag?: string): Call {
    const by = isDigest(reference) ? 'digest' : 'tag';
    if (by === 'tag' && !isTag(reference))
      throw new InvalidReferenceError(
        `"${cleanText(reference, 80)}" is neither a tag nor a digest`,
      );
    return {
      method,
      path: `manifests/${reference}`,
      headers: etag === undefined ? plainHeaders : { ...plainHeaders, 'if-none-match': etag },
      by,
      limit: this.#limit(maxBytes),
    };
  }

  #expected(limits: ParseLimits, expected?: Descriptor): Expected {
    const { name } = this.#session;
    return { limits, limit: this.#limit(limits.maxBytes), name, expected };
  }

  #limit(maxBytes?: number): ByteLimit {
    return { name: 'manifestBytes', bytes: maxBytes ?? this.#session.core.limits.manifestBytes };
  }

  #operation(options: CallOptions): Operation {
    return new Operation(options, this.#session.core.limits);
  }
}

/** What is known by another list of accepted types may be another digest of the same tag. */
function usable(known: KnownTag | undefined): KnownTag | undefined {
  return known?.acceptProfile === acceptProfile ? known : undefined;
}

/** The 404 of a HEAD means no tag, no repository, another Accept, or a registry that cannot do HEAD. */
function isFinal(error: unknown): boolean {
  return (
    !(error instanceof HttpStatusError) ||
    error instanceof UnauthorizedError ||
    error instanceof RateLimitedError ||
    error instanceof ServerError
  );
}

/** Undefined when the answer cannot be believed and GET has to be asked. */
function headResult(reply: Reply): ResolveResult | undefined {
  const digest = headerOf(reply, 'docker-content-digest');
  const mediaType = mediaTypeOf(headerOf(reply, 'content-type'));
  if (digest === undefined || !isDigest(digest) || mediaType === 'text/html') return undefined;
  const size = Number(headerOf(reply, 'content-length') ?? 0);
  return {
    kind: 'resolved',
    descriptor: { mediaType, digest, size: Number.isSafeInteger(size) ? size : 0 },
    etag: headerOf(reply, 'etag'),
    acceptProfile,
    verified: false,
    rate: rateInfo(reply.headers),
    warnings: warningsOf(reply),
    servedBy: reply.endpoint.name,
    credential: reply.credential,
  };
}

function resolved(manifest: FetchedManifest): ResolveResult {
  const { descriptor, raw, etag, rate, warnings, servedBy, credential } = manifest;
  return {
    kind: 'resolved',
    descriptor,
    acceptProfile,
    verified: true,
    body: raw,
    warnings,
    servedBy,
    credential,
    etag,
    rate,
  };
}

function unchangedOr(
  result: ResolveResult,
  known: Digest | undefined,
  via: 'head' | 'get',
): ResolveResult {
  if (result.kind === 'unchanged' || result.descriptor.digest !== known) return result;
  const { rate, servedBy, credential } = result;
  return { kind: 'unchanged', digest: known, via, rate, servedBy, credential };
}
