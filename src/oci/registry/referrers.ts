import type { Descriptor } from '../content/types.ts';
import { HttpStatusError, NotFoundError } from '../errors/answers.ts';
import { OciError } from '../errors/base.ts';
import { LimitError } from '../errors/network.ts';
import { parseManifest } from '../manifest/parse.ts';
import { nextPage } from '../net/link.ts';
import { Operation } from '../net/operation.ts';
import { contextOf } from '../net/wire.ts';
import { mediaTypeOf, ociIndex } from '../ref/media-type.ts';
import { headerOf, type Call, type Reply } from './call.ts';
import type { Endpoint } from './endpoint.ts';
import type { Manifests } from './manifests.ts';
import type { Session } from './session.ts';
import type { ReferrersOptions } from './types.ts';

/** Statuses of registries that do not know the referrers API. */
const unknownApi: ReadonlySet<number> = new Set([400, 404, 405, 406]);

/**
 * What refers to a manifest: by the API of distribution-spec v1.1, else by the tag that stands for it (its section
 * "Referrers Tag Schema"). Filtered here too, as registries may ignore the filter.
 */
export async function* listReferrers(
  session: Session,
  manifests: Manifests,
  subject: Descriptor,
  options: ReferrersOptions = {},
): AsyncGenerator<Descriptor, void, undefined> {
  const found = (await viaApi(session, subject, options)) ?? viaTag(manifests, subject, options);
  for await (const descriptor of found) {
    const { artifactType } = options;
    if (artifactType === undefined || descriptor.artifactType === artifactType) yield descriptor;
  }
}

/** Undefined when the registry does not know the API. */
async function viaApi(
  session: Session,
  subject: Descriptor,
  options: ReferrersOptions,
): Promise<AsyncIterable<Descriptor> | undefined> {
  const key = `referrers ${session.name.registry}`;
  if (session.core.memory.get(key).noReferrers === true) return undefined;
  const call = firstCall(session, subject, options);
  let first: Reply;
  try {
    const operation = new Operation(options, session.core.limits);
    first = await session.call(call, operation);
  } catch (error) {
    if (!(error instanceof HttpStatusError) || !unknownApi.has(error.status)) throw error;
    session.core.memory.learn(key, { noReferrers: true });
    return undefined;
  }
  // Some registries answer unknown paths with 200 and something else.
  if (mediaTypeOf(headerOf(first, 'content-type')) !== ociIndex) return undefined;
  return pagesFrom(session, first, call, options);
}

async function* pagesFrom(
  session: Session,
  first: Reply,
  call: Call,
  options: ReferrersOptions,
): AsyncGenerator<Descriptor, void, undefined> {
  const { limits } = session.core;
  const maxPages = options.maxPages ?? limits.pages;
  const endpoint: Endpoint = first.endpoint;
  const seen = new Set<string>();
  let reply = first;
  for (let pages = 1; ; pages += 1) {
    const context = { ...contextOf(reply.wire), ...session.name };
    yield* childrenOf(reply.body, limits.jsonDepth);
    const url = new URL(reply.wire.origin + reply.wire.path);
    seen.add(url.href);
    const next = nextPage(headerOf(reply, 'link'), url, context);
    if (next === undefined || seen.has(next.href)) return;
    if (pages >= maxPages) throw new LimitError('pages', maxPages, context);
    const operation = new Operation(options, limits);
    reply = await session.callAt(
      endpoint,
      { ...call, fullPath: next.pathname + next.search },
      operation,
    );
  }
}

function firstCall(session: Session, { digest }: Descriptor, options: ReferrersOptions): Call {
  const { artifactType } = options;
  const query =
    artifactType === undefined ? '' : `?${new URLSearchParams({ artifactType }).toString()}`;
  return {
    method: 'GET',
    path: `referrers/${digest}${query}`,
    headers: { accept: ociIndex },
    by: 'list',
    limit: { name: 'manifestBytes', bytes: session.core.limits.manifestBytes },
  };
}

/** A page may hold more than an index of images may. */
function childrenOf(body: Uint8Array, maxDepth: number): readonly Descriptor[] {
  return parseManifest(body, ociIndex, { maxDepth, maxDescriptors: 10_000 }).manifests;
}

async function* viaTag(
  manifests: Manifests,
  { digest }: Descriptor,
  options: ReferrersOptions,
): AsyncGenerator<Descriptor, void, undefined> {
  if (options.tagFallback === false) return;
  try {
    const index = await manifests.get(digest.replace(':', '-').slice(0, 128), options);
    yield* index.manifests;
  } catch (error) {
    if (!(error instanceof OciError) || !(error instanceof NotFoundError)) throw error;
  }
}
