import { verifiedBytes, verifyDigest } from '../content/verify.ts';
import type { CallOptions, Descriptor, VerifiedBody } from '../content/types.ts';
import {
  DigestMismatchError,
  HttpStatusError,
  InvalidResponseError,
  NotFoundError,
  RateLimitedError,
  ServerError,
  SizeMismatchError,
  UnauthorizedError,
  type ErrorContext,
} from '../errors.ts';
import { standardProfile } from '../hosts/profiles.ts';
import { parseManifest } from '../manifest/parse.ts';
import type { ParsedManifest, ParseLimits } from '../manifest/types.ts';
import { decodeBody, type ByteLimit } from '../net/body.ts';
import { Operation } from '../net/operation.ts';
import { rateInfo } from '../net/rate.ts';
import { contextOf } from '../net/wire.ts';
import { digestOf, isDigest, type Digest } from '../ref/digest.ts';
import { acceptProfile, manifestAccept, mediaTypeOf } from '../ref/media-type.ts';
import { isTag } from '../ref/reference.ts';
import { InvalidReferenceError } from '../errors.ts';
import { cleanText } from '../text.ts';
import type { Endpoint } from './endpoint.ts';
import { headerOf, type Call, type Reply } from './call.ts';
import type { Session } from './session.ts';
import type { FetchedManifest, ManifestStore, ResolveOptions, ResolveResult } from './types.ts';

/** A manifest that was fetched, and as whom. */
export interface Fetched {
  readonly manifest: FetchedManifest;
  /** Fingerprint. */
  readonly credential: string;
}

const schema1Prefix = 'application/vnd.docker.distribution.manifest.v1+';

const plainHeaders = { accept: manifestAccept };

type Method = Exclude<NonNullable<ResolveOptions['method']>, 'auto'>;

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
          manifest: this.#read(reply, reference, limits, expected),
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
    const known = options.known?.acceptProfile === acceptProfile ? options.known : undefined;
    const found = this.#session.endpoints(isDigest(reference) ? 'digest' : 'tag');
    const endpoints = found instanceof Promise ? await found : found;
    const method = this.#method(endpoints, options, known !== undefined);
    if (method === 'head') {
      const result = await this.#head(endpoints, reference, operation);
      if (result !== undefined) return unchangedOr(result, known?.digest, 'head');
    }
    if (method === 'conditional-get' && known !== undefined) {
      const call = this.#call('GET', reference, undefined, known.etag ?? `"${known.digest}"`);
      const reply = await this.#session.callOneOf(endpoints, call, operation);
      if (reply.status === 304)
        return { kind: 'unchanged', digest: known.digest, via: '304', ...originOf(reply) };
      const manifest = this.#read(reply, reference, {});
      return unchangedOr(resolved(manifest), known.digest, 'get');
    }
    const { manifest } = await this.load(reference, operation);
    if (method === 'head') this.#session.learnHeadUnreliable();
    return unchangedOr(resolved(manifest), known?.digest, 'get');
  }

  /** Undefined when the answer cannot be believed and GET has to be asked. */
  async #head(
    endpoints: readonly Endpoint[],
    reference: string,
    operation: Operation,
  ): Promise<ResolveResult | undefined> {
    let reply: Reply;
    try {
      reply = await this.#session.callOneOf(endpoints, this.#call('HEAD', reference), operation);
    } catch (error) {
      // The 404 of a HEAD means no tag, no repository, another Accept, or a registry that cannot do HEAD.
      const isFinal =
        !(error instanceof HttpStatusError) ||
        error instanceof UnauthorizedError ||
        error instanceof RateLimitedError ||
        error instanceof ServerError;
      if (isFinal) throw error;
      return undefined;
    }
    const digest = headerOf(reply, 'docker-content-digest');
    const mediaType = mediaTypeOf(headerOf(reply, 'content-type'));
    if (digest === undefined || !isDigest(digest) || mediaType === 'text/html') return undefined;
    const size = Number(headerOf(reply, 'content-length') ?? 0);
    const etag = headerOf(reply, 'etag');
    return {
      kind: 'resolved',
      descriptor: { mediaType, digest, size: Number.isSafeInteger(size) ? size : 0 },
      acceptProfile,
      verified: false,
      warnings: warningsOf(reply),
      ...(etag !== undefined && { etag }),
      ...originOf(reply),
    };
  }

  #method(
    endpoints: readonly Endpoint[],
    { method = 'auto' }: ResolveOptions,
    isKnown: boolean,
  ): Method {
    if (method !== 'auto') return method;
    const { tagCheck, headReliable } = endpoints.at(-1)?.profile ?? standardProfile;
    if (tagCheck === 'conditional-get' && isKnown) return 'conditional-get';
    if (tagCheck === 'get' || !headReliable || this.#session.headUnreliable)
      return isKnown ? 'conditional-get' : 'get';
    return 'head';
  }

  /** @throws {OciError} when the answer is not the manifest that was asked for */
  #read(
    reply: Reply,
    reference: string,
    limits: ParseLimits,
    expected?: Descriptor,
  ): FetchedManifest {
    const context = { ...contextOf(reply.wire), ...this.#session.name, reference };
    const contentType = headerOf(reply, 'content-type') ?? '';
    refuseWebPage(contentType, reply.body, context);
    const coding = headerOf(reply, 'content-encoding');
    const raw = decodeBody(reply.body, coding, this.#limit(limits.maxBytes), context);
    if (expected !== undefined && raw.length !== expected.size)
      throw new SizeMismatchError(
        `the descriptor says ${expected.size} bytes, the content has ${raw.length}`,
        context,
      );
    const actual = digestOf(raw);
    // Before the document is read: what was cut short says that best. Schema 1 is signed anew for every answer.
    const isSchema1 = mediaTypeOf(contentType).startsWith(schema1Prefix);
    if (reply.endpoint.profile.digestHeaderReliable && !isSchema1 && !isDigest(reference))
      checkDigestHeader(reply, actual, context);
    const manifest = isDigest(reference)
      ? readByDigest(raw, reply.body, { digest: reference, contentType, limits, context })
      : parseManifest(raw, contentType, limits, actual);
    if (isDigest(reference) && manifest.kind !== 'schema1')
      checkDigestHeader(reply, reference, context);
    const etag = headerOf(reply, 'etag');
    return {
      ...manifest,
      ...(etag !== undefined && etag.length <= 256 && { etag }),
      warnings: warningsOf(reply),
      ...originOf(reply),
    };
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

  #limit(maxBytes?: number): ByteLimit {
    return { name: 'manifestBytes', bytes: maxBytes ?? this.#session.core.limits.manifestBytes };
  }

  #operation(options: CallOptions): Operation {
    return new Operation(options, this.#session.core.limits);
  }
}

function readByDigest(
  raw: Uint8Array,
  encoded: Uint8Array,
  asked: { digest: Digest; contentType: string; limits: ParseLimits; context: ErrorContext },
): ParsedManifest {
  const { digest, contentType, limits, context } = asked;
  try {
    verifyDigest(raw, digest, 'reference', context);
  } catch (error) {
    // A registry that compresses what it stores may mean the compressed bytes, and schema 1 means its payload.
    if (encoded !== raw) verifyDigest(encoded, digest, 'reference', context);
    else {
      const manifest = schema1OrNothing(raw, contentType, limits);
      if (manifest?.descriptor.digest !== digest) throw error;
      return manifest;
    }
  }
  return parseManifest(raw, contentType, limits, digest);
}

function schema1OrNothing(
  raw: Uint8Array,
  contentType: string,
  limits: ParseLimits,
): ParsedManifest | undefined {
  try {
    const manifest = parseManifest(raw, contentType, limits);
    return manifest.kind === 'schema1' ? manifest : undefined;
  } catch {
    return undefined;
  }
}

function checkDigestHeader(reply: Reply, actual: Digest, context: ErrorContext): void {
  const header = headerOf(reply, 'docker-content-digest');
  if (header === undefined || header === actual) return;
  // Another algorithm's digest cannot be compared by text.
  if (isDigest(header) && !header.startsWith(actual.slice(0, actual.indexOf(':') + 1))) {
    verifyDigest(reply.body, header, 'header', context);
    return;
  }
  throw new DigestMismatchError({ expected: header, actual, source: 'header' }, context);
}

/**
 * Login pages and captive portals answer 200 to everything.
 * @throws {InvalidResponseError} when it is a web page
 */
export function refuseWebPage(contentType: string, body: Uint8Array, context: ErrorContext): void {
  const isPage = mediaTypeOf(contentType) === 'text/html' || body[0] === 0x3c;
  if (isPage)
    throw new InvalidResponseError('the answer is a web page: this is not a registry', context);
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
    ...(etag !== undefined && { etag }),
    ...(rate !== undefined && { rate }),
  };
}

function unchangedOr(
  result: ResolveResult,
  known: Digest | undefined,
  via: 'head' | 'get',
): ResolveResult {
  if (result.kind === 'unchanged' || result.descriptor.digest !== known) return result;
  const { rate, servedBy, credential } = result;
  return {
    kind: 'unchanged',
    digest: known,
    via,
    servedBy,
    credential,
    ...(rate !== undefined && { rate }),
  };
}

function originOf(reply: Reply): Pick<FetchedManifest, 'rate' | 'servedBy' | 'credential'> {
  const rate = rateInfo(reply.headers);
  return {
    servedBy: reply.endpoint.name,
    credential: reply.credential,
    ...(rate !== undefined && { rate }),
  };
}

/** `Warning: 299 - "text"` (distribution-spec v1.1). */
function warningsOf(reply: Reply): string[] {
  const header = headerOf(reply, 'warning');
  if (header === undefined) return [];
  const texts = header.slice(0, 4096).matchAll(/299 - "([^"]{1,1024})"/gu);
  return [...texts].slice(0, 8).map(([, text]) => cleanText(text ?? ''));
}
