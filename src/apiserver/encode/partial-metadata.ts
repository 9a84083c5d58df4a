import type { KubeList, KubeObject } from '#src/meta/object.ts';

/** Only the metadata of an object (meta/v1 PartialObjectMetadata). */
export function partialMetadata({ metadata }: KubeObject, apiVersion: string): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata };
}

export function partialMetadataList(list: KubeList, apiVersion: string): KubeList {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion,
    metadata: list.metadata,
    items: list.items.map((item) => partialMetadata(item, apiVersion)),
  };
}
