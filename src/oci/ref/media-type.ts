/** Media types of manifests (image-spec v1.1, media-types.md; distribution, manifest v2 schema 2 and 1). */
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociArtifact = 'application/vnd.oci.artifact.manifest.v1+json';
export const ociConfig = 'application/vnd.oci.image.config.v1+json';
export const ociEmpty = 'application/vnd.oci.empty.v1+json';
export const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
export const dockerConfig = 'application/vnd.docker.container.image.v1+json';
export const dockerSchema1 = 'application/vnd.docker.distribution.manifest.v1+json';
export const dockerSchema1Signed = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

/**
 * The frozen list of what is accepted, sent on every request for a manifest. It decides which manifest, and so which
 * digest, a tag has: registry:2 answers one tag with four digests to four lists. Kept beside a digest as its profile.
 */
export const acceptProfile = 'v1';
export const manifestAccept = [
  ociIndex,
  dockerList,
  ociManifest,
  dockerManifest,
  dockerSchema1Signed,
].join(', ');

/** The media type of a `Content-Type`, lower case, without parameters; empty when there is none. */
export function mediaTypeOf(contentType: string | undefined): string {
  if (contentType === undefined) return '';
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}
