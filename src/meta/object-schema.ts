import type { Schema } from './schema.ts';

/** RFC 3339 time. */
const timeSchema: Schema = {
  id: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  type: 'string',
  format: 'date-time',
  description: 'A time in RFC 3339.',
};

const text: Schema = { type: 'string' };
const textMap: Schema = { type: 'object', additionalProperties: text };

const ownerReferenceSchema: Schema = {
  id: 'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference',
  type: 'object',
  description: 'An object that owns this one and takes it along when it is deleted.',
  mapType: 'atomic',
  required: ['apiVersion', 'kind', 'name', 'uid'],
  properties: {
    apiVersion: { ...text, description: 'API version of the owner.' },
    kind: { ...text, description: 'Kind of the owner.' },
    name: { ...text, description: 'Name of the owner.' },
    uid: { ...text, description: 'UID of the owner.' },
    controller: { type: 'boolean', description: 'Whether the owner manages this object.' },
    blockOwnerDeletion: {
      type: 'boolean',
      description: 'Whether a foreground deletion of the owner waits for this object.',
    },
  },
};

const managedFieldsEntrySchema: Schema = {
  id: 'io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry',
  type: 'object',
  description: 'The fields that one manager set, and how.',
  properties: {
    manager: { ...text, description: 'Who set the fields.' },
    operation: { ...text, description: 'Apply or Update.' },
    apiVersion: { ...text, description: 'Version of the kind that the fields are of.' },
    time: { ...timeSchema, description: 'When the set of fields last changed.' },
    fieldsType: { ...text, description: 'FieldsV1.' },
    fieldsV1: {
      id: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
      type: 'object',
      preserveUnknown: true,
      description: 'A set of fields as a tree.',
    },
    subresource: { ...text, description: 'The subresource through which they were set.' },
  },
};

/** meta/v1 ObjectMeta. */
export const objectMetaSchema: Schema = {
  id: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
  type: 'object',
  description: 'What every object has.',
  properties: {
    name: { ...text, description: 'Name, unique within the namespace. It cannot be changed.' },
    generateName: {
      ...text,
      description: 'Prefix of a name that the server completes when no name is given.',
    },
    namespace: { ...text, description: 'Namespace of the object. It cannot be changed.' },
    selfLink: { ...text, description: 'Not used any more.' },
    uid: { ...text, description: 'Unique over all objects and all time. Set by the server.' },
    resourceVersion: {
      ...text,
      description: 'The version of this object that the server stores; changes with every write.',
    },
    generation: {
      type: 'integer',
      format: 'int64',
      description: 'Counts the changes of the desired state. Set by the server.',
    },
    creationTimestamp: { ...timeSchema, description: 'When the object was created.' },
    deletionTimestamp: {
      ...timeSchema,
      description: 'When the object was deleted; it stays while it has finalizers.',
    },
    deletionGracePeriodSeconds: {
      type: 'integer',
      format: 'int64',
      description: 'Seconds that the object may take to end.',
    },
    labels: { ...textMap, description: 'Keys and values to select objects by.' },
    annotations: {
      ...textMap,
      description: 'Keys and values for tools; they are not selected by.',
    },
    ownerReferences: {
      type: 'array',
      items: ownerReferenceSchema,
      description: 'The objects that this one belongs to.',
      listType: 'map',
      listMapKeys: ['uid'],
      patchMergeKey: 'uid',
      patchStrategy: 'merge',
    },
    finalizers: {
      type: 'array',
      items: text,
      description: 'Who must agree before the object goes away.',
      listType: 'set',
      patchStrategy: 'merge',
    },
    managedFields: {
      type: 'array',
      items: managedFieldsEntrySchema,
      listType: 'atomic',
      description: 'Which manager set which fields. Kept by the server.',
    },
  },
};

/** meta/v1 ListMeta. */
export const listMetaSchema: Schema = {
  id: 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta',
  type: 'object',
  description: 'What every list has.',
  properties: {
    selfLink: { ...text, description: 'Not used any more.' },
    resourceVersion: { ...text, description: 'The version that the list was read at.' },
    continue: { ...text, description: 'Where the next page begins; empty on the last one.' },
    remainingItemCount: {
      type: 'integer',
      format: 'int64',
      description: 'How many items stand behind this page.',
    },
  },
};

/** For kinds without a schema of their own: metadata is known, everything else is kept. */
export const anyObjectSchema: Schema = {
  type: 'object',
  preserveUnknown: true,
  properties: { metadata: objectMetaSchema },
};
