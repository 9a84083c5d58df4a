import { ociConfig, ociIndex, ociLayer, ociManifest } from '../media-types.ts';
import { imageDocument, indexDocument, served } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed, serveManifest } from './serve.ts';

/** What would lead elsewhere as a part of a URL (CVE-2024-3727). */
const digests: readonly unknown[] = [
  '../../v2/other/blobs/x',
  'sha256:%2e%2e%2f',
  'sha256:../../../../v2/other/manifests/v1',
  `sha256:${'a'.repeat(64)}?x=1`,
  `sha256:${'a'.repeat(64)}/../../x`,
  `sha256:${'A'.repeat(64)}`,
  `sha256:${'a'.repeat(63)}`,
  `sha1:${'a'.repeat(40)}`,
  `https://evil.test/sha256:${'a'.repeat(64)}`,
  '',
  null,
  42,
];

export const badDigests: readonly Misdeed[] = digests.flatMap((digest) => [
  misdeed(22, `a config with the digest ${JSON.stringify(digest)}`, async () =>
    serveManifest(served(imageDocument({ config: { mediaType: ociConfig, digest, size: 12 } }))),
  ),
  misdeed(22, `a layer with the digest ${JSON.stringify(digest)}`, async () =>
    serveManifest(served(imageDocument({ layers: [{ mediaType: ociLayer, digest, size: 12 }] }))),
  ),
  misdeed(22, `a child with the digest ${JSON.stringify(digest)}`, async () =>
    serveManifest(served(indexDocument([{ mediaType: ociManifest, digest, size: 12 }]), ociIndex)),
  ),
]);
