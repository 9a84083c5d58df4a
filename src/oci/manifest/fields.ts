/** Reading single fields of manifests strictly: what is there must be what the specification says. */
import type { Descriptor } from '../content/types.ts';
import { OciError } from '../errors/base.ts';
import { InvalidManifestError } from '../errors/content.ts';
import { parseDigest, type Digest } from '../ref/digest.ts';
import type { Platform } from '../ref/platform.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** @throws {InvalidManifestError} when it is no object */
export function objectAt(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidManifestError('is not an object', path);
  return value as Fields;
}

/** @throws {InvalidManifestError} when it is there and no array */
export function arrayAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidManifestError('is not an array', path);
  return value;
}

/** @throws {InvalidManifestError} when it is there and no string */
export function textAt(fields: Fields, name: string, path: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string')
    throw new InvalidManifestError('is not a string', join(path, name));
  return value;
}

/**
 * A map without prototype, so that no key means anything to JavaScript.
 * @throws {InvalidManifestError} when it is there and no map of strings
 */
export function textMapAt(value: unknown, path: string): Readonly<Record<string, string>> {
  const map = Object.create(null) as Record<string, string>;
  if (value === undefined || value === null) return map;
  for (const [key, text] of Object.entries(objectAt(value, path))) {
    if (typeof text !== 'string') throw new InvalidManifestError('holds what is no string', path);
    map[key] = text;
  }
  return map;
}

/** @throws {InvalidManifestError} when it is no digest: it will stand in a URL */
export function digestAt(value: unknown, path: string): Digest {
  if (typeof value !== 'string') throw new InvalidManifestError('is not a digest', path);
  try {
    return parseDigest(value);
  } catch (error) {
    if (error instanceof OciError) throw new InvalidManifestError(error.message, path);
    throw error;
  }
}

/**
 * Reads a descriptor (image-spec v1.1, descriptor.md).
 * @throws {InvalidManifestError} when it is none
 */
export function descriptorAt(value: unknown, path: string): Descriptor {
  const fields = objectAt(value, path);
  const { size } = fields;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new InvalidManifestError('is not a size', join(path, 'size'));
  const artifactType = textAt(fields, 'artifactType', path);
  const data = textAt(fields, 'data', path);
  const annotations = fields['annotations'] ?? undefined;
  const platform = platformAt(fields['platform'], join(path, 'platform'));
  const urls = urlsAt(fields['urls'], join(path, 'urls'));
  return {
    mediaType: textAt(fields, 'mediaType', path) ?? '',
    digest: digestAt(fields['digest'], join(path, 'digest')),
    size,
    ...(urls.length > 0 && { urls }),
    ...(annotations !== undefined && {
      annotations: textMapAt(annotations, join(path, 'annotations')),
    }),
    ...(data !== undefined && { data }),
    ...(artifactType !== undefined && { artifactType }),
    ...(platform !== undefined && { platform }),
  };
}

function platformAt(value: unknown, path: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = objectAt(value, path);
  const variant = textAt(fields, 'variant', path);
  const version = textAt(fields, 'os.version', path);
  const features = fields['os.features'];
  return {
    os: textAt(fields, 'os', path) ?? '',
    architecture: textAt(fields, 'architecture', path) ?? '',
    ...(variant !== undefined && variant !== '' && { variant }),
    ...(version !== undefined && version !== '' && { 'os.version': version }),
    ...(Array.isArray(features) && {
      'os.features': features.filter((feature) => typeof feature === 'string'),
    }),
  };
}

function urlsAt(value: unknown, path: string): string[] {
  if (value === undefined || value === null) return [];
  return arrayAt(value, path).map((url) => {
    if (typeof url !== 'string') throw new InvalidManifestError('is not a string', path);
    return url;
  });
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
