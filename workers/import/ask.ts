import { specTag } from '#src/domain/history.ts';
import { defaultRepositoryLimit, limitTags, prioritizeTags } from '#src/domain/import-order.ts';
import { repositoryImagesFailed } from '#src/domain/import-status.ts';
import { exactReference, referenceOf, repositoryKey } from '#src/domain/reference.ts';
import {
  defaultTag,
  preferArchAnnotation,
  preferOsAnnotation,
  type ImageImportStatus,
  type ImageStream,
  type ImageStreamImportSpec,
  type ImageStreamImportStatus,
  type RepositoryImportSpec,
} from '#src/domain/types.ts';
import type {
  ImportContext,
  Importer,
  ImportItem,
  ImportOutcome,
  RepositoryOutcome,
  SeenManifest,
} from '#src/importer/importer.ts';
import { present } from '#src/lib/present.ts';
import { success } from '#src/meta/status.ts';

/** What became of one tag of an import. */
export interface AskedTag {
  readonly tag: string;
  readonly from: string;
  readonly scheduled: boolean;
  readonly outcome: ImportOutcome;
}

/** What the registries answered to an import. */
export interface Asked {
  readonly status: ImageStreamImportStatus;
  /** Every image that goes onto a tag. */
  readonly tags: readonly AskedTag[];
  /** Set when the repository could not be listed and that may pass by itself: not to be tried earlier, in milliseconds. */
  readonly listAgainMs?: number;
}

interface Listing {
  readonly tags: readonly string[];
  readonly additional: readonly string[];
  readonly failure?: Exclude<RepositoryOutcome, { readonly tags: readonly string[] }>;
}

/** What an import is asked with. */
export interface AskContext extends ImportContext {
  /** Tags that a whole repository may bring; -1 is all, 50 when absent. */
  readonly maxImagesPerRepository?: number | undefined;
  /** What single tags are to be read as. */
  readonly at?: ReadonlyMap<string, SeenManifest> | undefined;
}

/** Asks the registries for everything that an import names; failures stand in the answer. */
export async function askRegistries(
  importer: Importer,
  spec: ImageStreamImportSpec,
  stream: ImageStream | undefined,
  context: AskContext,
): Promise<Asked> {
  const listing = await listed(importer, spec, context);
  const items = [
    ...repositoryItems(spec.repository, listing.tags),
    ...imageItems(spec, stream, context.at),
  ];
  const outcomes = items.length === 0 ? [] : await importer.importImages(items, context);
  const ofRepository = outcomes.slice(0, listing.tags.length);
  const ofImages = outcomes.slice(listing.tags.length);
  const repository = spec.repository && repositoryStatus(listing, ofRepository);
  return {
    status: {
      ...(repository === undefined ? {} : { repository }),
      ...(spec.images === undefined ? {} : { images: ofImages.map(publicPart) }),
    },
    tags: [
      ...askedTags(listing.tags, items, ofRepository),
      ...askedTags(
        (spec.images ?? []).map(({ to }) => to?.name),
        items.slice(listing.tags.length),
        ofImages,
      ),
    ],
    ...(listing.failure?.temporary === true
      ? { listAgainMs: listing.failure.retryAfterMs ?? 0 }
      : {}),
  };
}

async function listed(
  importer: Importer,
  { repository, images = [] }: ImageStreamImportSpec,
  context: AskContext,
): Promise<Listing> {
  if (repository === undefined) return { tags: [], additional: [] };
  const from = repository.from.name ?? '';
  const answer = await importer.listRepository(from, repository.importPolicy, context);
  if ('status' in answer) return { tags: [], additional: [], failure: answer };
  const limited = limitTags(
    prioritizeTags(answer.tags),
    context.maxImagesPerRepository ?? defaultRepositoryLimit,
    tagsOf(
      from,
      images.map((image) => image.from.name ?? ''),
    ),
  );
  return limited;
}

/** The tags of a repository that single images of the same import bring anyway. */
function tagsOf(repository: string, names: readonly string[]): Set<string> {
  const own = referenceOf(repository);
  const references = names.map((name) => referenceOf(name)).filter((each) => each !== undefined);
  return new Set(
    references
      .filter(
        (each) => own !== undefined && each.id === '' && repositoryKey(each) === repositoryKey(own),
      )
      .map(({ tag }) => (tag === '' ? defaultTag : tag)),
  );
}

function repositoryItems(
  repository: RepositoryImportSpec | undefined,
  tags: readonly string[],
): ImportItem[] {
  if (repository === undefined) return [];
  const reference = referenceOf(repository.from.name ?? '');
  if (reference === undefined) return [];
  return tags.map((tag) => ({
    from: exactReference({ ...reference, tag, id: '' }),
    importPolicy: repository.importPolicy,
    ...(repository.includeManifest === true ? { includeManifest: true } : {}),
  }));
}

function imageItems(
  spec: ImageStreamImportSpec,
  stream: ImageStream | undefined,
  seen: AskContext['at'],
): ImportItem[] {
  return (spec.images ?? []).map(({ from, to, importPolicy, includeManifest }) => {
    const tag = stream && to && specTag(stream, to.name);
    return {
      from: from.name ?? '',
      importPolicy,
      ...present({
        preferArch: tag?.annotations?.[preferArchAnnotation],
        preferOs: tag?.annotations?.[preferOsAnnotation],
        at: to && seen?.get(to.name),
      }),
      ...(includeManifest === true ? { includeManifest } : {}),
    };
  });
}

function repositoryStatus(
  { tags, additional, failure }: Listing,
  outcomes: readonly ImportOutcome[],
): NonNullable<ImageStreamImportStatus['repository']> {
  if (failure !== undefined) return { status: failure.status };
  const failures = outcomes.filter(({ status }) => status.status !== 'Success').length;
  return {
    status: failures === 0 ? success() : repositoryImagesFailed(failures),
    images: outcomes.map((outcome, index) => ({
      ...publicPart(outcome),
      tag: tags[index] ?? '',
    })),
    ...(additional.length === 0 ? {} : { additionalTags: [...additional] }),
  };
}

function askedTags(
  tags: readonly (string | undefined)[],
  items: readonly ImportItem[],
  outcomes: readonly ImportOutcome[],
): AskedTag[] {
  return outcomes.flatMap((outcome, index) => {
    const tag = tags[index];
    const item = items[index];
    if (tag === undefined || item === undefined) return [];
    return [{ tag, from: item.from, scheduled: item.importPolicy.scheduled === true, outcome }];
  });
}

/** Without what only the queue wants to know. */
export function publicPart({ status, image, tag, manifests }: ImportOutcome): ImageImportStatus {
  return {
    status,
    ...(image === undefined ? {} : { image }),
    ...(tag === undefined ? {} : { tag }),
    ...(manifests === undefined ? {} : { manifests }),
  };
}
