/** What the servers serve when they behave: one small image, and anything else that a misdeed adds. */
import { digestOf } from '../digest.ts';
import { makeImage, type Manifest } from '../make.ts';
import { ociConfig, ociIndex, ociLayer, ociManifest } from '../media-types.ts';
import type { HostileRequest } from './misdeed.ts';
import type { Answer } from './reply.ts';

/** Repository and tag that tests ask for. */
export const repository = 'acme/app';
export const tag = 'v1';

/** A good image. */
export const image: Manifest = makeImage({
  format: 'oci',
  layers: [{ 'etc/hostname': 'hostile' }],
  config: { Cmd: ['/app/run'], Labels: { name: 'hostile' } },
});

/** Another good image. */
export const otherImage: Manifest = makeImage({
  format: 'oci',
  layers: [{ 'etc/hostname': 'other' }],
  config: { Cmd: ['/app/other'], Labels: { name: 'other' } },
});

/** A manifest as bytes with the type it is served as. */
export interface ServedManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** What a registry holds. */
export interface Shelf {
  /** By tag; they are found by digest as well. */
  readonly tags: Readonly<Record<string, ServedManifest>>;
  /** Found by digest only. */
  readonly manifests?: readonly ServedManifest[];
  readonly blobs?: readonly Uint8Array[];
}

const blobsOfImages = [...image.blobs, ...otherImage.blobs].map(({ bytes }) => bytes);

/** The shelf with the good image as `v1`. */
export const goodShelf: Shelf = { tags: { [tag]: image } };

/** What a registry that behaves would answer. The blobs of the good images are always there. */
export function answerFrom(
  shelf: Shelf,
  { path, method }: Pick<HostileRequest, 'path' | 'method'>,
): Answer {
  const { pathname } = new URL(path, 'http://registry.test');
  if (pathname === '/v2/') return { headers: { 'Content-Type': 'application/json' }, body: '{}' };
  const [, kind = '', reference = ''] = /\/(manifests|blobs)\/([^/]+)$/u.exec(pathname) ?? [];
  if (kind === 'manifests') return manifestAnswer(shelf, reference);
  const blobs = [...blobsOfImages, ...(shelf.blobs ?? [])];
  const blob = blobs.find((bytes) => digestOf(bytes) === reference);
  if (kind !== 'blobs' || blob === undefined)
    return errorAnswer(
      404,
      kind === 'blobs' ? 'BLOB_UNKNOWN' : 'NAME_UNKNOWN',
      `${method} ${kind}`,
    );
  return {
    headers: { 'Content-Type': 'application/octet-stream', 'Docker-Content-Digest': reference },
    body: blob,
  };
}

function manifestAnswer(shelf: Shelf, reference: string): Answer {
  const all = [...Object.values(shelf.tags), ...(shelf.manifests ?? [])];
  const found = Object.hasOwn(shelf.tags, reference)
    ? shelf.tags[reference]
    : all.find(({ bytes }) => digestOf(bytes) === reference);
  return found === undefined
    ? errorAnswer(404, 'MANIFEST_UNKNOWN', 'manifest unknown')
    : answerOf(found);
}

/** The correct answer to a GET or HEAD of a manifest. */
export function answerOf({ bytes, mediaType }: ServedManifest): Answer {
  return {
    headers: { 'Content-Type': mediaType, 'Docker-Content-Digest': digestOf(bytes) },
    body: bytes,
  };
}

/** An error as the distribution specification words it. */
export function errorAnswer(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ errors: [{ code, message }] }),
  };
}

/** A descriptor of some bytes. */
export function descriptorOf(mediaType: string, bytes: Uint8Array): Record<string, unknown> {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** The good image's manifest as a document, with fields replaced; undefined takes one out. */
export function imageDocument(changes: Readonly<Record<string, unknown>> = {}): object {
  const [config, layer] = image.blobs;
  return {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: descriptorOf(ociConfig, config?.bytes ?? Buffer.alloc(0)),
    layers: [descriptorOf(ociLayer, layer?.bytes ?? Buffer.alloc(0))],
    ...changes,
  };
}

/** An index of some descriptors. */
export function indexDocument(manifests: readonly unknown[]): object {
  return { schemaVersion: 2, mediaType: ociIndex, manifests };
}

/** A document, or text that need not be one, as a manifest to be served. */
export function served(document: object | string, mediaType = ociManifest): ServedManifest {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return { bytes: Buffer.from(text), mediaType };
}
