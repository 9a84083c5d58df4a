/** OCI image layouts: the directory form of images (image-spec v1.1, image-layout.md). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { digestOf } from './digest.ts';
import type { Blob, Manifest } from './make.ts';

const refName = 'org.opencontainers.image.ref.name';

/** Writes one tagged image as a layout; equal images give equal files. */
export function writeLayout(directory: string, manifest: Manifest, tag = 'latest'): void {
  mkdirSync(join(directory, 'blobs', 'sha256'), { recursive: true });
  writeFileSync(
    join(directory, 'oci-layout'),
    `${JSON.stringify({ imageLayoutVersion: '1.0.0' })}\n`,
  );
  const index = {
    schemaVersion: 2,
    manifests: [
      {
        mediaType: manifest.mediaType,
        digest: manifest.digest,
        size: manifest.bytes.length,
        annotations: { [refName]: tag },
      },
    ],
  };
  writeFileSync(join(directory, 'index.json'), `${JSON.stringify(index, undefined, 2)}\n`);
  writeManifest(directory, manifest);
}

/**
 * Reads the image of a layout that `writeLayout` or another tool wrote; the first when it holds several.
 * @throws {Error} when a blob is not what its digest says
 */
export function readLayout(directory: string): Manifest {
  const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as IndexDocument;
  const [first] = index.manifests ?? [];
  if (first === undefined) throw new Error(`${directory}/index.json names no manifest`);
  return readManifest(directory, first);
}

interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
  readonly platform?: Manifest['platform'];
  readonly annotations?: Readonly<Record<string, string>>;
}

interface IndexDocument {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

function writeManifest(directory: string, manifest: Manifest): void {
  writeBlob(directory, manifest);
  for (const blob of manifest.blobs) writeBlob(directory, blob);
  for (const child of manifest.children) writeManifest(directory, child);
}

function writeBlob(directory: string, { digest, bytes }: Blob): void {
  writeFileSync(blobFile(directory, digest), bytes);
}

function readManifest(directory: string, descriptor: Descriptor): Manifest {
  const { bytes, digest } = readBlob(directory, descriptor.digest);
  const document = JSON.parse(bytes.toString('utf8')) as IndexDocument;
  const blobs = [...(document.config ? [document.config] : []), ...(document.layers ?? [])];
  return {
    digest,
    bytes,
    mediaType: descriptor.mediaType,
    blobs: blobs.map((blob) => readBlob(directory, blob.digest)),
    children: (document.manifests ?? []).map((child) => readManifest(directory, child)),
    ...(descriptor.platform && { platform: descriptor.platform }),
    ...(descriptor.annotations && { descriptorAnnotations: descriptor.annotations }),
  };
}

function readBlob(directory: string, digest: string): Blob {
  const bytes = readFileSync(blobFile(directory, digest));
  const actual = digestOf(bytes);
  if (actual !== digest) throw new Error(`${blobFile(directory, digest)} has the digest ${actual}`);
  return { digest, bytes };
}

function blobFile(directory: string, digest: string): string {
  return join(directory, 'blobs', ...digest.split(':'));
}
