import type { Schema } from '#src/meta/schema.ts';

import type { Column, Resource, Rest, Subresource, Verb } from './resource.ts';

/** All resources of one group and version, by name. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly Resource[];
}

/** What a request is answered by: a resource or one of its subresources. */
export interface Target {
  readonly resource: Resource;
  readonly subresource: Subresource | undefined;
  readonly rest: Rest;
  readonly kind: string;
  /** Of the kind, which may be another group's than the resource (`authentication.k8s.io/v1` for tokens). */
  readonly apiVersion: string;
  readonly schema: Schema | undefined;
  readonly columns: readonly Column[];
}

/** Everything the server serves. Groups and resources are sorted by name, the core group comes first. */
export class Catalog {
  readonly groupVersions: readonly GroupVersion[];
  readonly #byName: ReadonlyMap<string, Resource>;

  /** @throws {Error} when a resource is listed twice */
  constructor(resources: readonly Resource[]) {
    this.#byName = new Map(resources.map((resource) => [keyOf(resource, resource.name), resource]));
    if (this.#byName.size !== resources.length) throw new Error('a resource is listed twice');
    this.groupVersions = grouped(resources);
  }

  find(
    place: { readonly group: string; readonly version: string },
    name: string,
    subresourceName: string,
  ): Target | undefined {
    const resource = this.#byName.get(keyOf(place, name));
    if (resource === undefined) return undefined;
    if (subresourceName === '') return targetOf(resource);
    const subresource = resource.subresources.find((sub) => sub.name === subresourceName);
    return subresource === undefined ? undefined : targetOf(resource, subresource);
  }

  group(group: string): readonly GroupVersion[] {
    return this.groupVersions.filter((each) => each.group === group);
  }
}

export function targetOf(resource: Resource, subresource?: Subresource): Target {
  const served = subresource ?? resource;
  const { group = resource.group, version = resource.version, kind, rest } = served;
  const own = kind === resource.kind;
  return {
    resource,
    subresource,
    rest,
    kind,
    apiVersion: apiVersion(group, version),
    schema: served.schema ?? (own ? resource.schema : undefined),
    columns: own ? resource.columns : [],
  };
}

export function apiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The verbs that are served, sorted as discovery lists them. */
export function servedVerbs(rest: Rest): readonly Verb[] {
  const verbs: Verb[] = [];
  if (rest.create !== undefined) verbs.push('create');
  if (rest.delete !== undefined) verbs.push('delete');
  if (rest.deleteCollection !== undefined) verbs.push('deletecollection');
  if (rest.get !== undefined) verbs.push('get');
  if (rest.list !== undefined) verbs.push('list');
  if (rest.update !== undefined) verbs.push('patch', 'update');
  if (rest.watch !== undefined) verbs.push('watch');
  return verbs;
}

function keyOf(place: { readonly group: string; readonly version: string }, name: string): string {
  return `${place.group}/${place.version}/${name}`;
}

function grouped(resources: readonly Resource[]): readonly GroupVersion[] {
  const groups = Map.groupBy(resources, ({ group, version }) => `${group}/${version}`);
  return [...groups.values()]
    .map((members) => ({
      group: members[0]?.group ?? '',
      version: members[0]?.version ?? '',
      resources: members.toSorted((a, b) => compare(a.name, b.name)),
    }))
    .toSorted((a, b) => compare(a.group, b.group) || compare(a.version, b.version));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
