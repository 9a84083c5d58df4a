/**
 * Manifests, read so that no other reader can read them differently: the media type in the document and the one in the
 * header agree, no document is an index and an image at once (CVE-2021-41190), no key stands twice.
 */
import { checkUniqueKeys, parseJson } from '../content/json.ts';
import type { Descriptor } from '../content/types.ts';
import {
  AmbiguousManifestError,
  InvalidManifestError,
  MediaTypeMismatchError,
  UnsupportedManifestError,
} from '../errors/content.ts';
import { LimitError } from '../errors/network.ts';
import { defaultLimits } from '../net/limits.ts';
import { digestOf, type Digest } from '../ref/digest.ts';
import * as mediaTypes from '../ref/media-type.ts';
import { cleanText } from '../text.ts';
import { arrayAt, descriptorAt, objectAt, textAt, textMapAt, type Fields } from './fields.ts';
import { parseSchema1 } from './schema1.ts';
import type { ManifestKind, ParsedManifest, ParseLimits } from './types.ts';

const kinds: Readonly<Record<string, ManifestKind>> = {
  [mediaTypes.ociIndex]: 'index',
  [mediaTypes.dockerList]: 'index',
  [mediaTypes.ociManifest]: 'image',
  [mediaTypes.dockerManifest]: 'image',
  [mediaTypes.ociArtifact]: 'artifact',
  [mediaTypes.dockerSchema1]: 'schema1',
  [mediaTypes.dockerSchema1Signed]: 'schema1',
};

/** True for media types of manifests that can be read. */
export function isManifestType(mediaType: string): boolean {
  return Object.hasOwn(kinds, mediaType);
}

/** What a server says that does not know what it serves. */
const unspecific: ReadonlySet<string> = new Set([
  '',
  'text/plain',
  'application/json',
  'application/octet-stream',
]);

const imageConfigs: ReadonlySet<string> = new Set([mediaTypes.ociConfig, mediaTypes.dockerConfig]);

/**
 * Reads a manifest.
 * @param contentType as the registry sent it; may be empty
 * @param digest of the bytes, when it is known already
 * @throws {LimitError} when it is too long, too deep, or an index of too many
 * @throws {InvalidManifestError} when it is not what the specification says
 * @throws {AmbiguousManifestError} when it can be read in two ways
 * @throws {MediaTypeMismatchError} when the header and the document name different types
 * @throws {UnsupportedManifestError} when it is of no known type
 */
export function parseManifest(
  raw: Uint8Array,
  contentType: string,
  limits: ParseLimits = {},
  digest: Digest = digestOf(raw),
): ParsedManifest {
  const maxBytes = limits.maxBytes ?? defaultLimits.manifestBytes;
  if (raw.length > maxBytes) throw new LimitError('manifestBytes', maxBytes);
  const fields = objectAt(
    parseJson(raw, { maxDepth: limits.maxDepth ?? defaultLimits.jsonDepth }),
    '',
  );
  checkUniqueKeys(raw);
  const mediaType = typeOf(fields, mediaTypes.mediaTypeOf(contentType));
  const kind = kinds[mediaType];
  if (kind === undefined) throw new UnsupportedManifestError(mediaType);
  const descriptor: Descriptor = { mediaType, digest, size: raw.length };
  if (kind === 'schema1') return parseSchema1(fields, raw, descriptor);
  if (kind !== 'artifact' && fields['schemaVersion'] !== 2)
    throw new InvalidManifestError('is not 2', 'schemaVersion');
  checkOneKind(fields, kind);
  const max = limits.maxDescriptors ?? defaultLimits.indexChildren;
  return kind === 'index'
    ? parseIndex(fields, { raw, descriptor, max })
    : parseImage(fields, raw, descriptor);
}

/** The type of a document: what it says itself, the header, or what it looks like. */
function typeOf(fields: Fields, header: string): string {
  const own = textAt(fields, 'mediaType', '');
  if (own === undefined || own === '')
    return unspecific.has(header) ? guess(fields, header) : header;
  if (!unspecific.has(header) && own !== header && !isSchema1Pair(own, header))
    throw new MediaTypeMismatchError(
      `the answer is called ${cleanText(header)}, the document in it ${cleanText(own)}`,
    );
  return own;
}

function isSchema1Pair(a: string, b: string): boolean {
  return kinds[a] === 'schema1' && kinds[b] === 'schema1';
}

function guess(fields: Fields, header: string): string {
  if (fields['schemaVersion'] === 1) return mediaTypes.dockerSchema1;
  if (fields['schemaVersion'] !== 2) return header;
  if (fields['manifests'] !== undefined) return mediaTypes.ociIndex;
  return fields['config'] === undefined ? header : mediaTypes.ociManifest;
}

function checkOneKind(fields: Fields, kind: ManifestKind): void {
  const isImage = fields['config'] !== undefined || fields['layers'] !== undefined;
  if (fields['manifests'] !== undefined && (isImage || fields['fsLayers'] !== undefined))
    throw new AmbiguousManifestError('the document is an index and an image at once');
  if (isImage && fields['fsLayers'] !== undefined)
    throw new AmbiguousManifestError('the document is of two schemas at once');
  const isCalledIndex = kind === 'index';
  if (isCalledIndex ? isImage : fields['manifests'] !== undefined)
    throw new MediaTypeMismatchError('the document is not of the kind that it is called');
}

function parseIndex(
  fields: Fields,
  { raw, descriptor, max }: { raw: Uint8Array; descriptor: Descriptor; max: number },
): ParsedManifest {
  const children = arrayAt(fields['manifests'], 'manifests');
  if (children.length > max) throw new LimitError('indexChildren', max);
  return {
    kind: 'index',
    descriptor,
    raw,
    layers: [],
    manifests: children.map((child, index) => descriptorAt(child, `manifests[${index}]`)),
    ...common(fields),
  };
}

function parseImage(fields: Fields, raw: Uint8Array, descriptor: Descriptor): ParsedManifest {
  const isOld = descriptor.mediaType === mediaTypes.ociArtifact;
  const config = isOld ? undefined : descriptorAt(fields['config'], 'config');
  const list = isOld ? (fields['blobs'] ?? []) : fields['layers'];
  const name = isOld ? 'blobs' : 'layers';
  const layers = arrayAt(list, name).map((layer, index) =>
    descriptorAt(layer, `${name}[${index}]`),
  );
  return {
    kind: config !== undefined && isImageConfig(config, descriptor) ? 'image' : 'artifact',
    descriptor,
    raw,
    ...(config !== undefined && { config }),
    layers,
    manifests: [],
    ...common(fields),
  };
}

/** Docker's manifests always hold images, whatever old builders called the config. */
function isImageConfig(config: Descriptor, { mediaType }: Descriptor): boolean {
  if (imageConfigs.has(config.mediaType)) return true;
  return mediaType === mediaTypes.dockerManifest && unspecific.has(config.mediaType);
}

function common(fields: Fields): Pick<ParsedManifest, 'subject' | 'artifactType' | 'annotations'> {
  const subject = fields['subject'] ?? undefined;
  const artifactType = textAt(fields, 'artifactType', '');
  return {
    annotations: textMapAt(fields['annotations'], 'annotations'),
    ...(subject !== undefined && { subject: descriptorAt(subject, 'subject') }),
    ...(artifactType !== undefined && artifactType !== '' && { artifactType }),
  };
}
