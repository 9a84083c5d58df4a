/** Docker's manifests before 2016 (distribution, manifest v2 schema 1), for registries that still hold them. */
import type { Descriptor } from '../content/types.ts';
import { InvalidManifestError } from '../errors/content.ts';
import { digestOf } from '../ref/digest.ts';
import { arrayAt, digestAt, objectAt, textAt, type Fields } from './fields.ts';
import type { ParsedManifest } from './types.ts';

const layerType = 'application/vnd.docker.container.image.rootfs.diff+x-gtar';

/** @throws {InvalidManifestError} when it is none */
export function parseSchema1(
  fields: Fields,
  raw: Uint8Array,
  descriptor: Descriptor,
): ParsedManifest {
  if (fields['schemaVersion'] !== 1) throw new InvalidManifestError('is not 1', 'schemaVersion');
  const layers = arrayAt(fields['fsLayers'], 'fsLayers').map((layer, index): Descriptor => {
    const path = `fsLayers[${index}]`;
    const digest = digestAt(objectAt(layer, path)['blobSum'], `${path}.blobSum`);
    return { mediaType: layerType, digest, size: 0 };
  });
  return {
    kind: 'schema1',
    descriptor: { ...descriptor, digest: digestOf(payloadOf(fields, raw)) },
    raw,
    // Written newest first.
    layers: layers.toReversed(),
    manifests: [],
    annotations: Object.create(null) as Record<string, string>,
  };
}

/** What a signed manifest's digest is of: the document without its signatures, as JWS keeps its shape. */
function payloadOf(fields: Fields, raw: Uint8Array): Uint8Array {
  const [first] = Array.isArray(fields['signatures']) ? (fields['signatures'] as unknown[]) : [];
  if (first === undefined) return raw;
  const encoded = textAt(objectAt(first, 'signatures[0]'), 'protected', 'signatures[0]') ?? '';
  try {
    const header = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')) as Fields;
    const { formatLength, formatTail } = header;
    if (typeof formatLength !== 'number' || typeof formatTail !== 'string') return raw;
    if (!Number.isSafeInteger(formatLength) || formatLength < 0 || formatLength > raw.length)
      return raw;
    return Buffer.concat([raw.subarray(0, formatLength), Buffer.from(formatTail, 'base64url')]);
  } catch {
    return raw;
  }
}
