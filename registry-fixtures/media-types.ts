/** Media types of the manifests, configs and layers that the fixtures are made of. */
export const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
export const dockerManifestList = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const dockerConfig = 'application/vnd.docker.container.image.v1+json';
export const dockerLayer = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const ociConfig = 'application/vnd.oci.image.config.v1+json';
export const ociLayer = 'application/vnd.oci.image.layer.v1.tar+gzip';
export const helmConfig = 'application/vnd.cncf.helm.config.v1+json';
export const helmChart = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
export const inToto = 'application/vnd.in-toto+json';
