import { compareText } from './history.ts';
import { normalTime } from './time.ts';
import type { DockerConfig, DockerImage } from './types.ts';

type ConfigField = readonly [
  key: keyof DockerConfig,
  kind: 'text' | 'number' | 'flag' | 'list' | 'set' | 'map',
];

/** The fields of `Config` and `ContainerConfig` in the order of the wire; everything else of a config is dropped. */
const configFields: readonly ConfigField[] = [
  ['Hostname', 'text'],
  ['Domainname', 'text'],
  ['User', 'text'],
  ['Memory', 'number'],
  ['MemorySwap', 'number'],
  ['CpuShares', 'number'],
  ['Cpuset', 'text'],
  ['AttachStdin', 'flag'],
  ['AttachStdout', 'flag'],
  ['AttachStderr', 'flag'],
  ['PortSpecs', 'list'],
  ['ExposedPorts', 'set'],
  ['Tty', 'flag'],
  ['OpenStdin', 'flag'],
  ['StdinOnce', 'flag'],
  ['Env', 'list'],
  ['Cmd', 'list'],
  ['Dns', 'list'],
  ['Image', 'text'],
  ['Volumes', 'set'],
  ['VolumesFrom', 'text'],
  ['WorkingDir', 'text'],
  ['Entrypoint', 'list'],
  ['NetworkDisabled', 'flag'],
  ['SecurityOpts', 'list'],
  ['OnBuild', 'list'],
  ['Labels', 'map'],
];

/**
 * `dockerImageMetadata` from an image config or a v1Compatibility document: known fields only, empty ones left out. A
 * field of the wrong type counts as empty. Source: openshift/api docker10 types.
 */
export function dockerImage(id: string, config: unknown, size: number): DockerImage {
  const document = isRecord(config) ? config : {};
  return {
    kind: 'DockerImage',
    apiVersion: 'image.openshift.io/1.0',
    Id: id,
    ...text('Parent', document['parent']),
    ...text('Comment', document['comment']),
    Created: normalTime(document['created']),
    ...text('Container', document['container']),
    ContainerConfig: dockerConfig(document['container_config']),
    ...text('DockerVersion', document['docker_version']),
    ...text('Author', document['author']),
    ...(isRecord(document['config']) ? { Config: dockerConfig(document['config']) } : {}),
    ...text('Architecture', document['architecture']),
    ...(size === 0 ? {} : { Size: size }),
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function dockerConfig(value: unknown): DockerConfig {
  if (!isRecord(value)) return {};
  const entries = configFields.flatMap(([key, kind]) => {
    const field = readers[kind](value[key]);
    return field === undefined ? [] : [[key, field]];
  });
  return Object.fromEntries(entries) as DockerConfig;
}

const readers: Readonly<Record<ConfigField[1], (value: unknown) => unknown>> = {
  text: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
  number: (value) => (typeof value === 'number' && value !== 0 ? value : undefined),
  flag: (value) => (value === true ? true : undefined),
  list: textList,
  set: (value) => sortedMap(value, () => ({})),
  map: (value) => sortedMap(value, (item) => (typeof item === 'string' ? item : undefined)),
};

function textList(value: unknown): string[] | undefined {
  // A single text is what old builders wrote for Cmd and Entrypoint.
  const list = typeof value === 'string' && value !== '' ? [value] : value;
  if (!Array.isArray(list) || list.length === 0) return undefined;
  return list.every((item) => typeof item === 'string') ? list : undefined;
}

function sortedMap(
  value: unknown,
  read: (item: unknown) => unknown,
): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, read(item)] as const)
    .filter(([, item]) => item !== undefined)
    .toSorted(([a], [b]) => compareText(a, b));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function text(key: string, value: unknown): Record<string, string> {
  return typeof value === 'string' && value !== '' ? { [key]: value } : {};
}
