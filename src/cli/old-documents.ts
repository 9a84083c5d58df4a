import { imageApiVersion } from '#src/domain/types.ts';
import type { KubeObject } from '#src/meta/object.ts';

/** What OpenShift 3 had in its one group without a name. */
const oldKinds: ReadonlySet<string> = new Set([
  'Image',
  'ImageSignature',
  'ImageStream',
  'ImageStreamImage',
  'ImageStreamImport',
  'ImageStreamMapping',
  'ImageStreamTag',
]);

/** Fields that are text, whatever they look like: tags are called 34 and versions 1.0. */
const textFields: ReadonlySet<string> = new Set([
  'dockerImageMetadataVersion',
  'name',
  'namespace',
  'tag',
]);

/** Fields that hold nothing but text. */
const textMaps: ReadonlySet<string> = new Set(['annotations', 'labels']);

/** Whether a document is one of OpenShift 3 (`apiVersion: v1`, and a kind that has a group today). */
export function isOldDocument({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'v1' && oldKinds.has(kind ?? '');
}

/**
 * A document of OpenShift 3 as one of today: with the group, without `selfLink`, and with text where YAML read a number.
 * @param written the same document with every scalar as it was written
 */
export function modernDocument(object: KubeObject, written: unknown): KubeObject {
  const { selfLink: _link, creationTimestamp, ...others } = object.metadata;
  // An export had it as null, and to apply that again and again would be a change each time.
  const metadata = { ...others, ...(creationTimestamp ? { creationTimestamp } : {}) };
  const modern = { ...object, apiVersion: imageApiVersion, metadata };
  return textual(modern, written, false) as KubeObject;
}

function textual(value: unknown, written: unknown, isText: boolean): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => textual(item, at(written, index), isText));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, field]) => [
        key,
        textual(field, at(written, key), isText || textFields.has(key) || textMaps.has(key)),
      ]),
    );
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return isText && isScalar && typeof written === 'string' ? written : value;
}

function at(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
