import { parseJson } from '../content/json.ts';
import type { Descriptor } from '../content/types.ts';
import { InvalidManifestError } from '../errors/content.ts';
import type { Digest } from '../ref/digest.ts';
import type { Platform } from '../ref/platform.ts';
import type { ImageFacts, LayerFacts, ParsedManifest } from './types.ts';

/**
 * What is known of an image once its manifest and config are there.
 * @param sizes of layers whose manifest does not say them
 * @throws {InvalidManifestError} when the config is no image config, or has another number of layers
 */
export function imageFacts(
  manifest: ParsedManifest,
  config: Uint8Array | undefined,
  limits: { readonly jsonDepth: number },
  sizes: ReadonlyMap<Digest, number> = new Map(),
): ImageFacts {
  const layers = manifest.layers.map((layer) => layerFacts(layer, sizes.get(layer.digest)));
  const configJson = config === undefined ? undefined : readConfig(config, manifest, limits);
  const platform = configJson === undefined ? undefined : platformOf(configJson);
  return {
    descriptor: manifest.descriptor,
    manifest,
    ...(config !== undefined && { config, configJson }),
    ...(platform !== undefined && { platform }),
    size: sizeOf(manifest, layers),
    layers,
  };
}

function layerFacts({ digest, size, mediaType, urls }: Descriptor, known?: number): LayerFacts {
  const foreign = urls !== undefined || /\.foreign\.|nondistributable/u.test(mediaType);
  return { digest, size: known ?? size, mediaType, foreign };
}

/** Distinct layers, and the config when it is not one of them (OpenShift's rule). */
function sizeOf({ config }: ParsedManifest, layers: readonly LayerFacts[]): number {
  const sizes = new Map(layers.map(({ digest, size }) => [digest, size]));
  if (config !== undefined) sizes.set(config.digest, config.size);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function readConfig(
  bytes: Uint8Array,
  manifest: ParsedManifest,
  { jsonDepth }: { readonly jsonDepth: number },
): Readonly<Record<string, unknown>> {
  const document = parseJson(bytes, { maxDepth: jsonDepth });
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new InvalidManifestError('is not an object', 'config');
  const config = document as Readonly<Record<string, unknown>>;
  const rootfs = config['rootfs'] as Readonly<Record<string, unknown>> | null | undefined;
  const diffs = rootfs?.['diff_ids'];
  if (Array.isArray(diffs) && diffs.length !== manifest.layers.length)
    throw new InvalidManifestError(
      `has ${diffs.length} layers, the manifest ${manifest.layers.length}`,
      'config.rootfs',
    );
  return config;
}

function platformOf(config: Readonly<Record<string, unknown>>): Platform | undefined {
  const { os, architecture, variant } = config;
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  const version = config['os.version'];
  return {
    os,
    architecture,
    ...(typeof variant === 'string' && variant !== '' && { variant }),
    ...(typeof version === 'string' && version !== '' && { 'os.version': version }),
  };
}
