import { isRecord, parsedObject } from './docker-image.ts';
import type { Descriptor, IndexInput } from './image-build.ts';

/** A manifest by what it lists, as far as an Image keeps it. */
export type ParsedManifest =
  | {
      readonly kind: 'manifest';
      readonly mediaType: string;
      readonly config: Descriptor;
      readonly layers: readonly Descriptor[];
    }
  | {
      readonly kind: 'index';
      readonly mediaType: string;
      readonly manifests: IndexInput['manifests'];
    }
  | {
      readonly kind: 'schema1';
      readonly mediaType: string;
      readonly fsLayers: readonly string[];
      readonly history: readonly string[];
    };

/**
 * Reads the text of a manifest of any schema; undefined when it is none. Fields of the wrong type are read as empty.
 * `servedAs` counts where the manifest does not name its own media type.
 */
export function parseManifest(json: string, servedAs = ''): ParsedManifest | undefined {
  const document = parsedObject(json);
  if (document === undefined) return undefined;
  const own = textOf(document['mediaType']);
  const mediaType = own === '' ? servedAs : own;
  if (document['schemaVersion'] === 1)
    return {
      kind: 'schema1',
      mediaType,
      fsLayers: recordsOf(document['fsLayers']).map((layer) => textOf(layer['blobSum'])),
      history: recordsOf(document['history']).map((item) => textOf(item['v1Compatibility'])),
    };
  if (Array.isArray(document['manifests']))
    return { kind: 'index', mediaType, manifests: recordsOf(document['manifests']).map(entryOf) };
  if (!isRecord(document['config'])) return undefined;
  return {
    kind: 'manifest',
    mediaType,
    config: descriptorOf(document['config']),
    layers: recordsOf(document['layers']).map(descriptorOf),
  };
}

function entryOf(entry: Readonly<Record<string, unknown>>): IndexInput['manifests'][number] {
  const platform = isRecord(entry['platform']) ? entry['platform'] : {};
  return {
    ...descriptorOf(entry),
    platform: {
      architecture: textOf(platform['architecture']),
      os: textOf(platform['os']),
      variant: textOf(platform['variant']),
    },
  };
}

function descriptorOf(document: Readonly<Record<string, unknown>>): Descriptor {
  const { size } = document;
  return {
    digest: textOf(document['digest']),
    size: typeof size === 'number' && Number.isSafeInteger(size) ? size : 0,
    mediaType: textOf(document['mediaType']),
  };
}

function recordsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((item) => isRecord(item)) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
