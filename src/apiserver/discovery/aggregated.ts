import { type Catalog, type GroupVersion, servedVerbs } from '../catalog.ts';
import type { Resource, Subresource } from '../resource.ts';

/** Versions of apidiscovery.k8s.io: `oc` 4.13 knows only the older one and fails on any other. */
export type AggregatedVersion = 'v2' | 'v2beta1';

/** `/api` or `/apis` with everything about every resource in one document (APIGroupDiscoveryList). */
export function aggregatedDiscovery(
  catalog: Catalog,
  core: boolean,
  version: AggregatedVersion,
): unknown {
  const groupVersions = catalog.groupVersions.filter(({ group }) => (group === '') === core);
  const groups = Map.groupBy(groupVersions, ({ group }) => group);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [...groups].map(([name, versions]) => ({
      metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
      versions: versions.map(versionDiscovery),
    })),
  };
}

function versionDiscovery({ version, resources }: GroupVersion): unknown {
  return { version, resources: resources.map(resourceDiscovery), freshness: 'Current' };
}

function resourceDiscovery(resource: Resource): unknown {
  const { name, kind, singular, namespaced, shortNames, categories, subresources } = resource;
  const sorted = subresources
    .filter(({ unlisted }) => unlisted !== true)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    resource: name,
    responseKind: responseKind(resource, { kind }),
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: servedVerbs(resource.rest),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(sorted.length === 0
      ? {}
      : {
          subresources: sorted.map((sub) => ({
            subresource: sub.name,
            responseKind: responseKind(resource, sub),
            verbs: servedVerbs(sub.rest),
          })),
        }),
  };
}

function responseKind(
  resource: Resource,
  { group, version, kind }: Pick<Subresource, 'group' | 'version' | 'kind'>,
): unknown {
  return { group: group ?? resource.group, version: version ?? resource.version, kind };
}
