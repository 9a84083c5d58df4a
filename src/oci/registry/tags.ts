import { parseJson } from '../content/json.ts';
import { InvalidResponseError } from '../errors/answers.ts';
import { OciError, type ErrorContext } from '../errors/base.ts';
import { LimitError } from '../errors/network.ts';
import { nextPage } from '../net/link.ts';
import type { Limits } from '../net/limits.ts';
import { Operation } from '../net/operation.ts';
import { contextOf } from '../net/wire.ts';
import { isDigest, type Digest } from '../ref/digest.ts';
import { isTag } from '../ref/reference.ts';
import { headerOf, type Call, type Reply } from './call.ts';
import type { Endpoint } from './endpoint.ts';
import { refuseWebPage } from './manifest-reply.ts';
import type { Session } from './session.ts';
import type { TagListOptions, TagPage } from './types.ts';

/** Pages without a single new tag after which a list is going round in circles. */
const maxStalePages = 2;

/**
 * The pages of a tag list, as long as the registry links to a next one. registry:2 knows no pages and ignores `last`,
 * so nothing but its Link is followed.
 * @throws {LimitError} when there are more pages or tags than the limits allow
 */
export async function* listTags(
  session: Session,
  options: TagListOptions = {},
): AsyncGenerator<TagPage, void, undefined> {
  const { limits } = session.core;
  const progress = new Progress(options, limits);
  const pageSize = options.pageSize ?? (await pageSizeOf(session));
  const first = firstCall({ ...options, pageSize }, limits.tagPageBytes);
  let endpoint: Endpoint | undefined;
  let next: URL | undefined;
  do {
    const call: Call =
      next === undefined ? first : { ...first, fullPath: next.pathname + next.search };
    const reply = await ask(session, endpoint, call, options);
    ({ endpoint } = reply);
    const context = { ...contextOf(reply.wire), ...session.name };
    const page = readPage(reply, limits.jsonDepth, context);
    progress.note(page, context);
    yield page;
    next = progress.next(reply, context);
  } while (next !== undefined);
}

/** How many tags a page is to have; undefined where the registry is to choose. */
async function pageSizeOf(session: Session): Promise<number | undefined> {
  const [endpoint] = await session.endpoints('list');
  return endpoint === undefined ? undefined : session.core.profiles.of(endpoint).tagPageSize;
}

async function ask(
  session: Session,
  endpoint: Endpoint | undefined,
  call: Call,
  options: TagListOptions,
): Promise<Reply> {
  const operation = new Operation(options, session.core.limits);
  return await (endpoint === undefined
    ? session.call(call, operation)
    : session.callAt(endpoint, call, operation));
}

/** How far a list has come, so that none goes on for ever. */
class Progress {
  readonly #tags = new Set<string>();
  readonly #pages = new Set<string>();
  readonly #maxTags: number;
  readonly #maxPages: number;
  /** Whoever names a number of pages wants no more; without one, an unfinished list is an error. */
  readonly #endsQuietly: boolean;
  #stale = 0;

  constructor(options: TagListOptions, limits: Limits) {
    this.#maxTags = options.maxTags ?? limits.tags;
    this.#maxPages = options.maxPages ?? limits.pages;
    this.#endsQuietly = options.maxPages !== undefined;
  }

  note(page: TagPage, context: ErrorContext): void {
    const before = this.#tags.size;
    for (const tag of page.tags) this.#tags.add(tag);
    if (this.#tags.size > this.#maxTags) throw new LimitError('tags', this.#maxTags, context);
    this.#stale = this.#tags.size === before ? this.#stale + 1 : 0;
  }

  next(reply: Reply, context: ErrorContext): URL | undefined {
    const url = new URL(reply.wire.origin + reply.wire.path);
    this.#pages.add(url.href);
    const next = nextPage(headerOf(reply, 'link'), url, context);
    if (next === undefined || this.#pages.has(next.href)) return undefined;
    if (this.#stale >= maxStalePages) return undefined;
    if (this.#pages.size < this.#maxPages) return next;
    if (this.#endsQuietly) return undefined;
    throw new LimitError('pages', this.#maxPages, context);
  }
}

function firstCall(
  { pageSize, last }: { readonly pageSize: number | undefined; readonly last?: string },
  bytes: number,
): Call {
  const query = new URLSearchParams();
  if (pageSize !== undefined) query.set('n', String(pageSize));
  if (last !== undefined) query.set('last', last);
  const text = query.toString();
  return {
    method: 'GET',
    path: `tags/list${text === '' ? '' : `?${text}`}`,
    headers: { accept: 'application/json' },
    by: 'list',
    limit: { name: 'tagPageBytes', bytes },
  };
}

function readPage(reply: Reply, maxDepth: number, context: ErrorContext): TagPage {
  refuseWebPage(headerOf(reply, 'content-type') ?? '', reply.body, context);
  const document = readObject(reply.body, maxDepth, context);
  const list: unknown = document['tags'] ?? [];
  if (!Array.isArray(list)) throw new InvalidResponseError('the tags are no list', context);
  const tags: string[] = [];
  const seen = new Set<string>();
  for (const tag of list as unknown[]) {
    if (typeof tag !== 'string' || !isTag(tag) || seen.has(tag)) continue;
    seen.add(tag);
    tags.push(tag);
  }
  const digests = googleDigests(document['manifest']);
  return {
    tags,
    ignored: list.length - tags.length,
    ...(digests.size > 0 && { digests }),
  };
}

function readObject(
  body: Uint8Array,
  maxDepth: number,
  context: ErrorContext,
): Readonly<Record<string, unknown>> {
  try {
    const document = parseJson(body, { maxDepth });
    if (typeof document === 'object' && document !== null && !Array.isArray(document))
      return document as Record<string, unknown>;
  } catch (error) {
    if (error instanceof LimitError || !(error instanceof OciError)) throw error;
  }
  throw new InvalidResponseError('the tag list is not a JSON object', context);
}

/** `"manifest": {"sha256:…": {"tag": ["v1"]}}` of Google's registries. */
function googleDigests(manifest: unknown): Map<string, Digest> {
  const digests = new Map<string, Digest>();
  if (typeof manifest !== 'object' || manifest === null) return digests;
  for (const [digest, entry] of Object.entries(manifest as Record<string, unknown>)) {
    const tags =
      typeof entry === 'object' && entry !== null && 'tag' in entry ? entry.tag : undefined;
    if (!isDigest(digest) || !Array.isArray(tags)) continue;
    for (const tag of tags) if (typeof tag === 'string' && isTag(tag)) digests.set(tag, digest);
  }
  return digests;
}
