/** The importer's one call: a tag's manifest, the children of an index, their configs and sizes, every byte verified. */
import { obtain, type Wanted } from '../content/obtain.ts';
import { verifyContent } from '../content/verify.ts';
import type { CacheScope, Descriptor } from '../content/types.ts';
import { MediaTypeMismatchError, NoMatchingPlatformError } from '../errors/content.ts';
import { LimitError } from '../errors/network.ts';
import { imageFacts } from '../manifest/facts.ts';
import { isManifestType, parseManifest } from '../manifest/parse.ts';
import { isAttestation, selectPlatform } from '../manifest/select.ts';
import type { ImageFacts, ParsedManifest, ParseLimits } from '../manifest/types.ts';
import { Operation } from '../net/operation.ts';
import type { Digest } from '../ref/digest.ts';
import { acceptProfile } from '../ref/media-type.ts';
import type { Blobs } from './blobs.ts';
import { fetchTop, type TopSource, type Unchanged } from './import-top.ts';
import type { Fetched } from './manifests.ts';
import type { ImportedImage, ImportOptions } from './types.ts';

/** Where an import gets its content. */
export interface ImportSource extends TopSource {
  readonly blobs: Blobs;
}

/** @throws {OciError} when any part of it cannot be had */
export async function importImage(
  source: ImportSource,
  reference: string,
  options: ImportOptions,
): Promise<ImportedImage> {
  const { limits } = source.session.core;
  const operation = new Operation(options, limits);
  const top = await fetchTop(source, reference, options, operation);
  if ('unchanged' in top) return unchangedImage(top.unchanged, operation);
  const { manifest } = top;
  const run = new Import(source, options, operation, top);
  const found =
    manifest.kind !== 'index'
      ? { selected: manifest.descriptor, images: [await run.facts(manifest)] }
      : options.mode === 'legacy'
        ? await run.legacy(manifest)
        : { selected: manifest.descriptor, images: await run.all(manifest) };
  const { etag, rate, warnings, servedBy, credential } = manifest;
  return {
    unchanged: false,
    top: manifest.descriptor,
    ...found,
    manifest,
    skipped: run.skipped,
    acceptProfile,
    ...(etag !== undefined && { etag }),
    ...(rate !== undefined && { rate }),
    warnings,
    stats: operation.stats,
    servedBy,
    credential,
  };
}

function unchangedImage(
  { digest, rate, servedBy, credential }: Unchanged,
  { stats }: Operation,
): ImportedImage {
  const descriptor: Descriptor = { mediaType: '', digest, size: 0 };
  return {
    unchanged: true,
    top: descriptor,
    selected: descriptor,
    images: [],
    skipped: [],
    acceptProfile,
    ...(rate !== undefined && { rate }),
    warnings: [],
    stats,
    servedBy,
    credential,
  };
}

/** One import under way. */
class Import {
  readonly skipped: { readonly descriptor: Descriptor; readonly why: string }[] = [];
  readonly #source: ImportSource;
  readonly #options: ImportOptions;
  readonly #operation: Operation;
  readonly #scope: CacheScope;
  /** Digests on the way down: an index must not lead back to itself. */
  readonly #seen: Set<Digest>;
  readonly #limits: ParseLimits;
  readonly #manifests = new Map<string, Promise<ParsedManifest>>();
  readonly #configs = new Map<string, Promise<Uint8Array>>();
  #children = 0;

  constructor(
    source: ImportSource,
    options: ImportOptions,
    operation: Operation,
    { manifest, credential }: Fetched,
  ) {
    this.#source = source;
    this.#options = options;
    this.#operation = operation;
    this.#scope = { ...source.session.name, credential };
    this.#seen = new Set([manifest.descriptor.digest]);
    const { indexChildren } = source.session.core.limits;
    this.#limits = { maxDescriptors: options.maxChildren ?? indexChildren, ...options };
  }

  /** The one image of an index that the platform policy chooses. */
  async legacy(
    index: ParsedManifest,
  ): Promise<{ selected: Descriptor; images: readonly ImageFacts[] }> {
    let current = index;
    for (let depth = 1; current.kind === 'index'; depth += 1) {
      this.#checkDepth(depth);
      const usable = {
        ...current,
        manifests: current.manifests.filter((child) => this.#isUsable(child)),
      };
      const selected = selectPlatform(usable, this.#options.platform);
      if (selected === undefined)
        throw new NoMatchingPlatformError('no image of the index fits', this.#source.session.name);
      current = await this.#child(selected);
    }
    return { selected: current.descriptor, images: [await this.facts(current)] };
  }

  /** All images of an index, in its order. */
  async all(index: ParsedManifest, depth = 1): Promise<ImageFacts[]> {
    this.#checkDepth(depth);
    const usable = index.manifests.filter((child) => this.#isUsable(child));
    const lists = await Promise.all(
      usable.map(async (child) => {
        const manifest = await this.#child(child);
        return manifest.kind === 'index'
          ? this.all(manifest, depth + 1)
          : [await this.facts(manifest, child)];
      }),
    );
    return lists.flat();
  }

  /** @param from the descriptor of the index, which may know the platform of what has no config */
  async facts(manifest: ParsedManifest, from?: Descriptor): Promise<ImageFacts> {
    const { limits } = this.#source.session.core;
    if (manifest.kind === 'schema1')
      return imageFacts(manifest, undefined, limits, await this.#layerSizes(manifest));
    const config =
      manifest.kind === 'image' && manifest.config !== undefined
        ? await this.#config(manifest.config)
        : undefined;
    const facts = imageFacts(manifest, config, limits);
    const platform = from?.platform ?? facts.platform;
    return platform === undefined ? facts : { ...facts, platform };
  }

  #isUsable(child: Descriptor): boolean {
    if (isAttestation(child)) {
      this.skipped.push({ descriptor: child, why: 'attestation' });
      return false;
    }
    if (child.mediaType !== '' && !isManifestType(child.mediaType)) {
      this.skipped.push({ descriptor: child, why: 'not a manifest of a known type' });
      return false;
    }
    return true;
  }

  #checkDepth(depth: number): void {
    const { indexDepth } = this.#source.session.core.limits;
    if (depth > indexDepth)
      throw new LimitError('indexDepth', indexDepth, this.#source.session.name);
  }

  /** What stands in an index several times is fetched once. */
  async #child(descriptor: Descriptor): Promise<ParsedManifest> {
    this.#children += 1;
    const max = this.#options.maxChildren ?? this.#source.session.core.limits.indexChildren;
    if (this.#children > max) throw new LimitError('indexChildren', max, this.#source.session.name);
    const key = JSON.stringify([descriptor.mediaType, descriptor.digest, descriptor.size]);
    const known = this.#manifests.get(key) ?? this.#fetchChild(descriptor);
    this.#manifests.set(key, known);
    return known;
  }

  async #fetchChild(descriptor: Descriptor): Promise<ParsedManifest> {
    const { session } = this.#source;
    const { digest, mediaType } = descriptor;
    const isIndex = /\.(?:index|manifest\.list)\./u.test(mediaType);
    if (isIndex && this.#seen.has(digest))
      throw new LimitError('indexDepth', session.core.limits.indexDepth, session.name);
    this.#seen.add(digest);
    return obtain<ParsedManifest>(this.#wanted(descriptor), {
      load: () => this.#loadChild(descriptor),
      read: (bytes) => parseManifest(bytes, mediaType, this.#limits, digest),
      bytesOf: ({ raw }) => raw,
    });
  }

  async #loadChild(descriptor: Descriptor): Promise<ParsedManifest> {
    const { session, manifests } = this.#source;
    const { digest, mediaType } = descriptor;
    const { manifest } = await manifests.load(digest, this.#operation, this.#limits, descriptor);
    if (mediaType !== '' && manifest.descriptor.mediaType !== mediaType)
      throw new MediaTypeMismatchError(
        `the index says ${mediaType}, the manifest is ${manifest.descriptor.mediaType}`,
        session.name,
      );
    return manifest;
  }

  async #config(descriptor: Descriptor): Promise<Uint8Array> {
    const key = `${descriptor.digest} ${descriptor.size}`;
    const known = this.#configs.get(key) ?? this.#fetchConfig(descriptor);
    this.#configs.set(key, known);
    return known;
  }

  async #fetchConfig(descriptor: Descriptor): Promise<Uint8Array> {
    const inline = inlineContent(descriptor);
    if (inline !== undefined) return inline;
    return obtain<Uint8Array>(this.#wanted(descriptor), {
      load: async () => (await this.#source.blobs.load(descriptor, this.#operation)).bytes,
      read: (bytes) => bytes,
      bytesOf: (bytes) => bytes,
    });
  }

  /** The scope is of the credential that has just been let in, so nothing is found that it could not fetch. */
  #wanted(descriptor: Descriptor): Wanted {
    const { cache } = this.#options;
    return { cache, scope: this.#scope, descriptor, operation: this.#operation };
  }

  async #layerSizes({ layers }: ParsedManifest): Promise<Map<Digest, number>> {
    const digests = [...new Set(layers.map(({ digest }) => digest))];
    const sizes = await Promise.all(
      digests.map(async (digest) => {
        const { size } = await this.#source.blobs.statWithin(digest, this.#operation);
        return [digest, size] as const;
      }),
    );
    return new Map(sizes);
  }
}

/** The content that a descriptor carries in itself, when it is what the descriptor says. */
function inlineContent(descriptor: Descriptor): Uint8Array | undefined {
  if (descriptor.data === undefined) return undefined;
  const bytes = Buffer.from(descriptor.data, 'base64');
  try {
    verifyContent(bytes, descriptor, {});
    return bytes;
  } catch {
    return undefined;
  }
}
