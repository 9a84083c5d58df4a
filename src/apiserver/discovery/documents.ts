import { type Catalog, type GroupVersion, servedVerbs, targetOf } from '../catalog.ts';
import type { Resource } from '../resource.ts';

/** meta/v1 APIResource. */
interface ApiResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

const addresses = [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }];

/** `/api`: meta/v1 APIVersions. */
export function coreVersions(catalog: Catalog): unknown {
  return {
    kind: 'APIVersions',
    versions: catalog.group('').map(({ version }) => version),
    serverAddressByClientCIDRs: addresses,
  };
}

/** `/apis`: meta/v1 APIGroupList. */
export function groupList(catalog: Catalog): unknown {
  const names = new Set(catalog.groupVersions.map(({ group }) => group).filter(Boolean));
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [...names].map((name) => groupOf(catalog, name)),
  };
}

/** `/apis/GROUP`: meta/v1 APIGroup; `undefined` when it is not served. */
export function groupDocument(catalog: Catalog, name: string): unknown {
  if (name === '' || catalog.group(name).length === 0) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(catalog, name) };
}

/** `/apis/GROUP/VERSION` and `/api/v1`: meta/v1 APIResourceList. */
export function resourceList(groupVersion: GroupVersion): unknown {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersionName(groupVersion),
    resources: groupVersion.resources.flatMap(apiResources),
  };
}

function groupOf(catalog: Catalog, name: string): { readonly name: string } {
  const versions = catalog.group(name).map((each) => ({
    groupVersion: groupVersionName(each),
    version: each.version,
  }));
  return { name, versions, preferredVersion: versions[0] } as { readonly name: string };
}

function apiResources(resource: Resource): ApiResource[] {
  const { name, singular, namespaced, kind, shortNames, categories } = resource;
  const subresources = resource.subresources
    .filter(({ unlisted }) => unlisted !== true)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    {
      name,
      singularName: singular,
      namespaced,
      kind,
      verbs: servedVerbs(resource.rest),
      ...(shortNames.length === 0 ? {} : { shortNames }),
      ...(categories.length === 0 ? {} : { categories }),
    },
    ...subresources.map((sub) => ({
      name: `${name}/${sub.name}`,
      singularName: '',
      namespaced,
      ...(sub.group === undefined ? {} : { group: sub.group }),
      ...(sub.version === undefined ? {} : { version: sub.version }),
      kind: targetOf(resource, sub).kind,
      verbs: servedVerbs(sub.rest),
    })),
  ];
}

function groupVersionName({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`;
}
