import type { DockerConfig, Image } from '#src/domain/types.ts';
import { humanSize } from '../output/human-size.ts';
import { alignColumns } from '../output/table.ts';

/** An image as a registry has it. */
export interface ImageInfo {
  /** The pull spec that was asked for. */
  readonly name: string;
  /** With manifest and config, as an import that stores nothing answers it. */
  readonly image: Image;
  /** Digest of the index that the image was chosen from. */
  readonly list?: string;
  readonly os?: string;
}

/**
 * An image as `oc image info` prints it.
 * @param now milliseconds, for its age
 */
export function imageInfoText(info: ImageInfo, now: number): string {
  const { name, image, list } = info;
  return alignColumns(
    [
      ['Name:', name],
      ['Digest:', image.metadata.name ?? ''],
      ...line('Manifest List:', list),
      ['Media Type:', image.dockerImageManifestMediaType ?? ''],
      ...factRows(info, now),
      ...configRows(image.dockerImageMetadata?.Config ?? {}),
    ],
    { gap: 1 },
  );
}

function factRows({ image, os }: ImageInfo, now: number): string[][] {
  const { dockerImageMetadata: facts, dockerImageLayers: layers = [] } = image;
  const { Created: created, Size: size = 0, Architecture: arch, Author: author } = facts ?? {};
  const digests = layers.map((layer) => `${humanSize(layer.size)} ${layer.name}`);
  return [
    ...line('Created:', created ? `${shortAge(now - Date.parse(created))} ago` : undefined),
    layers.length === 0
      ? ['Layer Size:', humanSize(size)]
      : ['Image Size:', `${humanSize(size)} in ${layers.length} layers`],
    ...lines('Layers:', digests),
    ...line('OS:', os),
    ...line('Arch:', arch),
    ...line('Author:', author),
  ];
}

function configRows(config: DockerConfig): string[][] {
  const { ExposedPorts: ports = {}, Labels: labels = {}, Volumes: volumes = {} } = config;
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [
    ...line('Entrypoint:', config.Entrypoint?.join(' ')),
    ...line('Command:', config.Cmd?.join(' ')),
    ...line('Working Dir:', config.WorkingDir),
    ...line('User:', config.User),
    ...line('Exposes Ports:', Object.keys(ports).toSorted().join(', ')),
    ...lines('Environment:', config.Env ?? []),
    ...lines('Labels:', pairs.toSorted()),
    ...lines('Volumes:', Object.keys(volumes).toSorted()),
  ];
}

/** The same as a document: the keys of `oc image info -o json` that a server can fill. */
export function imageInfoDocument({ name, image, list }: ImageInfo): unknown {
  const { dockerImageLayers: layers = [], dockerImageConfig: config } = image;
  return {
    name,
    digest: image.metadata.name,
    ...(list === undefined ? {} : { listDigest: list }),
    mediaType: image.dockerImageManifestMediaType,
    layers: layers.map(({ name: digest, size, mediaType }) => ({ digest, size, mediaType })),
    ...(config === undefined ? {} : { config: JSON.parse(config) as unknown }),
  };
}

function line(label: string, value: string | undefined): string[][] {
  return value === undefined || value === '' ? [] : [[label, value]];
}

function lines(label: string, values: readonly string[]): string[][] {
  return values.map((value, index) => [index === 0 ? label : '', value]);
}

/** One unit, cut off: `59s`, `3m`, `23h`, `364d`, `2y`. */
function shortAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  const days = Math.floor(seconds / 86_400);
  return days < 365 ? `${days}d` : `${Math.floor(days / 365)}y`;
}
