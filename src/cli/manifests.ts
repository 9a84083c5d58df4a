import { parseAllDocuments } from 'yaml';
import type { KubeList, KubeObject } from '#src/meta/object.ts';
import { CliError } from './errors.ts';
import type { ApiClient } from './client.ts';
import { isOldDocument, modernDocument } from './old-documents.ts';
import { resourcePath, typeOfKind, type ResourceType } from './resources.ts';

/** An object of a file with where it goes. */
export interface ManifestObject {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly object: KubeObject;
}

/** The objects of YAML or JSON documents; lists are taken apart, and documents of OpenShift 3 brought up to date. */
function parseManifest(text: string, path: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document, index) => {
    const [error] = document.errors;
    if (error !== undefined) throw new CliError(`error parsing ${path}: ${error.message}`);
    const object = document.toJS() as unknown;
    if (object === null || object === undefined) return [];
    if (!isKubeObject(object))
      throw new CliError(`error parsing ${path}: apiVersion, kind and metadata must be set`);
    const isList = object.kind === 'List';
    const objects = isList ? [...(object as KubeList).items] : [object];
    if (!objects.some(isOldDocument)) return objects;
    const written: unknown = parseAllDocuments(text, { schema: 'failsafe' })[index]?.toJS();
    const each = isList ? (written as { items: unknown[] }).items : [written];
    return objects.map((item, place) =>
      isOldDocument(item) ? modernDocument(item, each[place]) : item,
    );
  });
}

/** The objects of files as they stand there. */
export async function parseManifests(
  paths: readonly string[],
  readFile: (path: string) => Promise<string>,
): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const path of paths) objects.push(...parseManifest(await readFile(path), path));
  return objects;
}

/** The objects of files with their resource types and namespaces. */
export async function readManifests(
  api: ApiClient,
  paths: readonly string[],
  readFile: (path: string) => Promise<string>,
): Promise<ManifestObject[]> {
  const objects: ManifestObject[] = [];
  for (const object of await parseManifests(paths, readFile)) {
    const type = await typeOfKind(api, object.apiVersion ?? '', object.kind ?? '');
    const namespace = object.metadata.namespace ?? api.connection.namespace;
    objects.push({ type, namespace, object });
  }
  return objects;
}

/** The object of a file with the namespace that it goes to. */
export function placed({ type, namespace, object }: ManifestObject): KubeObject {
  return type.namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object;
}

/** The path of a manifest's object. */
export function objectPath(target: ManifestObject): string {
  return resourcePath(target.type, target.namespace, target.object.metadata.name ?? '');
}

function isKubeObject(value: unknown): value is KubeObject {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return (
    typeof fields['apiVersion'] === 'string' &&
    typeof fields['kind'] === 'string' &&
    (fields['kind'] === 'List' ||
      (typeof fields['metadata'] === 'object' && fields['metadata'] !== null))
  );
}
