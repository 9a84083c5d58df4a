import { verifyDigest } from '../content/verify.ts';
import type { Descriptor } from '../content/types.ts';
import { InvalidResponseError } from '../errors/answers.ts';
import type { ErrorContext } from '../errors/base.ts';
import { DigestMismatchError, SizeMismatchError } from '../errors/content.ts';
import { parseManifest } from '../manifest/parse.ts';
import type { ParsedManifest, ParseLimits } from '../manifest/types.ts';
import { decodeBody, type ByteLimit } from '../net/body.ts';
import { rateInfo } from '../net/rate.ts';
import { contextOf } from '../net/wire.ts';
import { digestOf, isDigest, type Digest } from '../ref/digest.ts';
import { mediaTypeOf } from '../ref/media-type.ts';
import type { RepositoryName } from '../ref/reference.ts';
import { cleanText } from '../text.ts';
import { headerOf, type Reply } from './call.ts';
import type { FetchedManifest } from './types.ts';

/** What an answer is read by. */
export interface Expected {
  readonly limits: ParseLimits;
  readonly limit: ByteLimit;
  /** Whose manifest, for errors. */
  readonly name: RepositoryName;
  /** What a descriptor says of it. */
  readonly expected?: Descriptor | undefined;
}

const schema1Prefix = 'application/vnd.docker.distribution.manifest.v1+';

/**
 * The manifest that an answer holds, hashed and compared.
 * @throws {OciError} when the answer is not the manifest that was asked for
 */
export function readManifest(
  reply: Reply,
  reference: string,
  { limits, limit, name, expected }: Expected,
): FetchedManifest {
  const context = { ...contextOf(reply.wire), ...name, reference };
  const contentType = headerOf(reply, 'content-type') ?? '';
  refuseWebPage(contentType, reply.body, context);
  const coding = headerOf(reply, 'content-encoding');
  const raw = decodeBody(reply.body, coding, limit, context);
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

/** Who served an answer, to whom, and what it said of quotas. */
export function originOf(reply: Reply): Pick<FetchedManifest, 'rate' | 'servedBy' | 'credential'> {
  const { headers, endpoint, credential } = reply;
  return { servedBy: endpoint.name, credential, rate: rateInfo(headers) };
}

/** The texts of `Warning: 299 - "text"` (distribution-spec v1.1). */
export function warningsOf(reply: Reply): string[] {
  const header = headerOf(reply, 'warning');
  if (header === undefined) return [];
  const texts = header.slice(0, 4096).matchAll(/299 - "([^"]{1,1024})"/gu);
  return [...texts].slice(0, 8).map(([, text]) => cleanText(text ?? ''));
}
