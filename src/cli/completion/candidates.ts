import type { ImageStream } from '#src/domain/types.ts';
import type { KubeList } from '#src/meta/object.ts';
import type { ApiClient } from '../client.ts';
import { imagePath } from '../resources.ts';

/** What is asked of the server while somebody waits for a completion. */
export interface NameSource {
  streams(): Promise<string[]>;
  tags(stream: string): Promise<string[]>;
  namespaces(): Promise<string[]>;
}

/** The words of a command line that matter for the last one. */
export interface Position {
  readonly verb: string;
  /** The words after the verb that are no flags, without the one that is completed. */
  readonly before: readonly string[];
  /** The beginning of the word that is completed. */
  readonly current: string;
}

const tagVerbs: ReadonlySet<string> = new Set([
  'diff',
  'history',
  'import-image',
  'rollback',
  'tag',
  'why',
]);
const typeVerbs: ReadonlySet<string> = new Set([
  'annotate',
  'delete',
  'describe',
  'edit',
  'get',
  'label',
  'patch',
]);
const types = [
  'images',
  'imagestreamimages',
  'imagestreams',
  'imagestreamtags',
  'imagetags',
  'namespaces',
  'secrets',
];
const fixed: Readonly<Record<string, readonly string[]>> = {
  completion: ['bash', 'zsh', 'fish'],
};

/** Words that can stand at a position, of those that begin like it. */
export async function argumentsAt(position: Position, names: NameSource): Promise<string[]> {
  const { verb, before, current } = position;
  if (fixed[verb] !== undefined) return before.length === 0 ? matching(fixed[verb], current) : [];
  if (verb === 'project')
    return before.length === 0 ? matching(await names.namespaces(), current) : [];
  if (tagVerbs.has(verb)) return tagNames(position, names);
  if (!typeVerbs.has(verb)) return [];
  const [type] = before;
  return type === undefined ? typeNames(current, names) : namesOf(type, current, names);
}

/** `TYPE`, and after a slash the names. */
async function typeNames(current: string, names: NameSource): Promise<string[]> {
  const slash = current.indexOf('/');
  if (slash < 0) return matching(types, current);
  const type = current.slice(0, slash);
  const found = await namesOf(type, current.slice(slash + 1), names);
  return found.map((name) => `${type}/${name}`);
}

async function namesOf(type: string, current: string, names: NameSource): Promise<string[]> {
  if (/^(?:is|imagestreams?)$/.test(type)) return matching(await names.streams(), current);
  if (/^(?:istag|imagestreamtags?|itag|imagetags?)$/.test(type)) return streamTags(current, names);
  if (/^(?:ns|namespaces?|projects?)$/.test(type))
    return matching(await names.namespaces(), current);
  return [];
}

function tagNames({ verb, before, current }: Position, names: NameSource): Promise<string[]> {
  const mayBeMore = verb === 'tag' || before.length === 0;
  return mayBeMore ? streamTags(current, names) : Promise.resolve([]);
}

/** Streams with a colon first, then the tags of the one that was chosen: no request for thousands of tags. */
async function streamTags(current: string, names: NameSource): Promise<string[]> {
  const colon = current.indexOf(':');
  if (colon < 0) {
    const streams = matching(await names.streams(), current);
    return streams.map((stream) => `${stream}:`);
  }
  const stream = current.slice(0, colon);
  const tags = await names.tags(stream);
  return matching(
    tags.map((tag) => `${stream}:${tag}`),
    current,
  );
}

/** Those that begin with a text, in order. */
export function matching(words: readonly string[], beginning: string): string[] {
  return words.filter((word) => word.startsWith(beginning)).toSorted();
}

const namesOnly =
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** Names as the server has them now. */
export function serverNames(api: () => ApiClient, namespace: () => string): NameSource {
  async function list(path: string): Promise<string[]> {
    const { items } = await api().request<KubeList>({ method: 'GET', path, accept: namesOnly });
    return items.map(({ metadata }) => metadata.name ?? '');
  }
  return {
    streams: () => list(imagePath('imagestreams', namespace())),
    namespaces: () => list('/api/v1/namespaces'),
    async tags(stream) {
      const { spec, status } = await api().request<ImageStream>({
        method: 'GET',
        path: imagePath('imagestreams', namespace(), stream),
      });
      const all = [
        ...(spec.tags ?? []).map(({ name }) => name),
        ...(status.tags ?? []).map(({ tag }) => tag),
      ];
      return [...new Set(all)];
    },
  };
}
