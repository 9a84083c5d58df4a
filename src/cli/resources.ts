import type { ApiClient } from './client.ts';
import { closest } from '#src/lib/closest.ts';
import { CliError, usageError } from './errors.ts';

/** A resource type as the command line names it. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  /** Plural, lower case, as in paths. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly kind: string;
  readonly namespaced: boolean;
}

/** A resource type with the names after it; no names means all. */
export interface Selection {
  readonly type: ResourceType;
  readonly names: readonly string[];
  /** Where a file says that its objects are; else the namespace of the request. */
  readonly namespace?: string;
}

const imageGroupVersion = { group: 'image.openshift.io', version: 'v1' } as const;

/** The resources that need no question to the server. */
const known: readonly ResourceType[] = [
  image('imagestreams', 'ImageStream', ['is']),
  image('imagestreamtags', 'ImageStreamTag', ['istag']),
  image('imagestreamimages', 'ImageStreamImage', ['isimage']),
  image('imagetags', 'ImageTag', ['itag']),
  image('images', 'Image', [], false),
  core('namespaces', 'Namespace', ['ns'], false),
  core('secrets', 'Secret', []),
];

/** The types behind `all`. */
const everyday = ['imagestreams'];

/** The resource type of a name: plural, singular, short name or kind, with or without `.group`; asks the server for others. */
async function resourceType(client: ApiClient, name: string): Promise<ResourceType> {
  const found = find(known, name);
  if (found !== undefined) return found;
  const served = await discover(client);
  const other = find(served, name);
  if (other !== undefined) return other;
  const meant = closest(name.toLowerCase(), [...known, ...served].flatMap(namesOf));
  const hint = meant === undefined ? '' : `\nDid you mean ${meant}?`;
  throw new CliError(`the server doesn't have a resource type "${name}"${hint}`);
}

/** The type of a kind in a manifest. */
export async function typeOfKind(
  client: ApiClient,
  apiVersion: string,
  kind: string,
): Promise<ResourceType> {
  const isIt = (type: ResourceType): boolean =>
    type.kind === kind && groupVersion(type) === apiVersion;
  const found = known.find(isIt) ?? (await discover(client)).find(isIt);
  if (found === undefined)
    throw new CliError(`no matches for kind "${kind}" in version "${apiVersion}"`);
  return found;
}

/** Reads `TYPE[,TYPE] [NAME…]` and `TYPE/NAME …`. */
export async function parseSelections(
  client: ApiClient,
  args: readonly string[],
): Promise<Selection[]> {
  const [first] = args;
  if (first === undefined)
    throw usageError('You must specify the type of resource to work on, for example "is"');
  if (args.some((arg) => arg.includes('/'))) {
    if (!args.every((arg) => /^[^/]+\/[^/]+/.test(arg)))
      throw usageError(
        'there is no need to specify a resource type as a separate argument when passing arguments in resource/name form',
      );
    return Promise.all(
      args.map(async (arg) => {
        const slash = arg.indexOf('/');
        const type = await resourceType(client, arg.slice(0, slash));
        return { type, names: [arg.slice(slash + 1)] };
      }),
    );
  }
  const types = first.split(',').flatMap((name) => (name === 'all' ? everyday : [name]));
  const names = args.slice(1);
  return Promise.all(
    types.map(async (name) => ({ type: await resourceType(client, name), names })),
  );
}

/** `/apis/image.openshift.io/v1/namespaces/demo/imagestreams/python`; without a name the collection. */
export function resourcePath(
  type: Pick<ResourceType, 'group' | 'version' | 'plural' | 'namespaced'>,
  namespace: string,
  name?: string,
): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope =
    type.namespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const last = name === undefined ? '' : `/${encodeName(name)}`;
  return `${root}${scope}/${type.plural}${last}`;
}

/** The same of a resource of `image.openshift.io/v1` that lives in namespaces. */
export function imagePath(plural: string, namespace: string, name?: string): string {
  return resourcePath({ ...imageGroupVersion, plural, namespaced: true }, namespace, name);
}

/** `imagestream.image.openshift.io`: how success lines name a type. */
export function qualifiedSingular(type: ResourceType): string {
  return type.group === '' ? type.singular : `${type.singular}.${type.group}`;
}

function groupVersion(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** `:` and `@` may stand in a path and are what people search the logs for. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll('%3A', ':').replaceAll('%40', '@');
}

function find(types: readonly ResourceType[], name: string): ResourceType | undefined {
  const dot = name.indexOf('.');
  const short = (dot < 0 ? name : name.slice(0, dot)).toLowerCase();
  const group = dot < 0 ? undefined : name.slice(dot + 1);
  return types.find(
    (type) =>
      (group === undefined || type.group === group || `${type.version}.${type.group}` === group) &&
      (type.plural === short || type.singular === short || type.shortNames.includes(short)),
  );
}

function namesOf({ plural, singular, shortNames }: ResourceType): string[] {
  return [plural, singular, ...shortNames];
}

interface Discovery {
  readonly resources?: readonly {
    readonly name: string;
    readonly singularName: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly shortNames?: readonly string[];
  }[];
}

async function discover(client: ApiClient): Promise<ResourceType[]> {
  const groups = await client.request<{
    groups?: readonly { preferredVersion: { groupVersion: string } }[];
  }>({ method: 'GET', path: '/apis' });
  const versions = [
    'v1',
    ...(groups.groups ?? []).map((group) => group.preferredVersion.groupVersion),
  ];
  const lists = await Promise.all(
    versions.map(async (groupVersionName) => {
      const root = groupVersionName.includes('/') ? '/apis' : '/api';
      const list = await client.request<Discovery>({
        method: 'GET',
        path: `${root}/${groupVersionName}`,
      });
      return (list.resources ?? []).map((resource) => discovered(groupVersionName, resource));
    }),
  );
  return lists.flat().filter((type) => !type.plural.includes('/'));
}

function discovered(
  groupVersionName: string,
  resource: NonNullable<Discovery['resources']>[number],
): ResourceType {
  const slash = groupVersionName.indexOf('/');
  return {
    group: slash < 0 ? '' : groupVersionName.slice(0, slash),
    version: groupVersionName.slice(slash + 1),
    plural: resource.name,
    singular: resource.singularName === '' ? resource.kind.toLowerCase() : resource.singularName,
    shortNames: resource.shortNames ?? [],
    kind: resource.kind,
    namespaced: resource.namespaced,
  };
}

function image(
  plural: string,
  kind: string,
  shortNames: readonly string[],
  namespaced = true,
): ResourceType {
  return {
    ...imageGroupVersion,
    plural,
    singular: kind.toLowerCase(),
    shortNames,
    kind,
    namespaced,
  };
}

function core(
  plural: string,
  kind: string,
  shortNames: readonly string[],
  namespaced = true,
): ResourceType {
  return { ...image(plural, kind, shortNames, namespaced), group: '' };
}
