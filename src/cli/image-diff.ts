import type { DockerConfig, Image, ImageLayer } from '#src/domain/types.ts';

/** One property that differs; `undefined` where an image has none. */
export interface Change {
  readonly what: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** What is in one image and not in the other. */
export interface ImageDiff {
  readonly from: string;
  readonly to: string;
  readonly sharedLayers: number;
  readonly removedLayers: readonly ImageLayer[];
  readonly addedLayers: readonly ImageLayer[];
  readonly changes: readonly Change[];
}

/** Compares what two images are made of and how they run. */
export function diffImages(from: Image, to: Image): ImageDiff {
  const before = from.dockerImageLayers ?? [];
  const after = to.dockerImageLayers ?? [];
  const known = new Set(before.map(({ name }) => name));
  const kept = new Set(after.map(({ name }) => name));
  const a = propertiesOf(from);
  const b = propertiesOf(to);
  const names = [...new Set([...a.keys(), ...b.keys()])];
  return {
    from: from.metadata.name ?? '',
    to: to.metadata.name ?? '',
    sharedLayers: after.filter(({ name }) => known.has(name)).length,
    removedLayers: before.filter(({ name }) => !kept.has(name)),
    addedLayers: after.filter(({ name }) => !known.has(name)),
    changes: names.flatMap((what) => {
      const change = { what, from: a.get(what), to: b.get(what) };
      return change.from === change.to ? [] : [change];
    }),
  };
}

/** Bytes of an image: its layers, or what the record says where layers have no sizes. */
export function imageSize(image: Image): number {
  const layers = (image.dockerImageLayers ?? []).reduce((sum, { size }) => sum + size, 0);
  return layers === 0 ? (image.dockerImageMetadata?.Size ?? 0) : layers;
}

/** The properties of an image, each as one text, in the order in which they are shown; absent ones are left out. */
function propertiesOf(image: Image): Map<string, string> {
  const metadata = image.dockerImageMetadata ?? undefined;
  const config: DockerConfig = metadata?.Config ?? {};
  const all: [string, string][] = [
    ['created', metadata?.Created ?? ''],
    ['size', String(imageSize(image))],
    ['platforms', platformsOf(image)],
    ['entrypoint', words(config.Entrypoint)],
    ['command', words(config.Cmd)],
    ['user', config.User ?? ''],
    ['working dir', config.WorkingDir ?? ''],
    ['ports', keys(config.ExposedPorts)],
    ['volumes', keys(config.Volumes)],
    ...(config.Env ?? []).map((entry) => pairOf('env', entry)),
    ...Object.entries(config.Labels ?? {}).map(([key, value]): [string, string] => [
      `label ${key}`,
      value,
    ]),
  ];
  return new Map(all.filter(([, value]) => value !== ''));
}

/** `linux/amd64, linux/arm64/v8`; of a single image its architecture. */
export function platformsOf({
  dockerImageManifests = [],
  dockerImageMetadata,
}: Pick<Image, 'dockerImageManifests' | 'dockerImageMetadata'>): string {
  if (dockerImageManifests.length === 0) return dockerImageMetadata?.Architecture ?? '';
  return dockerImageManifests
    .map(({ os, architecture, variant = '' }) =>
      [os, architecture, variant].filter((part) => part !== '').join('/'),
    )
    .toSorted()
    .join(', ');
}

function pairOf(what: string, entry: string): [string, string] {
  const equals = entry.indexOf('=');
  return equals < 0
    ? [`${what} ${entry}`, '']
    : [`${what} ${entry.slice(0, equals)}`, entry.slice(equals + 1)];
}

function words(list: readonly string[] | null | undefined): string {
  return list === null || list === undefined || list.length === 0 ? '' : JSON.stringify(list);
}

function keys(values: Readonly<Record<string, unknown>> | null | undefined): string {
  return Object.keys(values ?? {})
    .toSorted()
    .join(', ');
}
