import {
  boolean,
  definition,
  int64,
  keyedList,
  listOf,
  string,
  stringMap,
  time,
} from './schema-builders.ts';
import type { Schema } from './schema.ts';

/** Where the definitions of meta/v1 live in OpenAPI. */
const prefix = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const ownerReferenceSchema: Schema = {
  ...definition(
    `${prefix}.OwnerReference`,
    'An object that owns this one and takes it along when it is deleted.',
    {
      apiVersion: string('API version of the owner.'),
      kind: string('Kind of the owner.'),
      name: string('Name of the owner.'),
      uid: string('UID of the owner.'),
      controller: boolean('Whether the owner manages this object.'),
      blockOwnerDeletion: boolean(
        'Whether a foreground deletion of the owner waits for this object.',
      ),
    },
  ),
  mapType: 'atomic',
  required: ['apiVersion', 'kind', 'name', 'uid'],
};

const managedFieldsEntrySchema: Schema = definition(
  `${prefix}.ManagedFieldsEntry`,
  'The fields that one manager set, and how.',
  {
    manager: string('Who set the fields.'),
    operation: string('Apply or Update.'),
    apiVersion: string('Version of the kind that the fields are of.'),
    time: time('When the set of fields last changed.'),
    fieldsType: string('FieldsV1.'),
    fieldsV1: {
      id: `${prefix}.FieldsV1`,
      type: 'object',
      preserveUnknown: true,
      description: 'A set of fields as a tree.',
    },
    subresource: string('The subresource through which they were set.'),
  },
);

/** meta/v1 ObjectMeta. */
export const objectMetaSchema: Schema = definition(
  `${prefix}.ObjectMeta`,
  'What every object has.',
  {
    name: string('Name, unique within the namespace. It cannot be changed.'),
    generateName: string('Prefix of a name that the server completes when no name is given.'),
    namespace: string('Namespace of the object. It cannot be changed.'),
    selfLink: string('Not used any more.'),
    uid: string('Unique over all objects and all time. Set by the server.'),
    resourceVersion: string(
      'The version of this object that the server stores; changes with every write.',
    ),
    generation: int64('Counts the changes of the desired state. Set by the server.'),
    creationTimestamp: time('When the object was created.'),
    deletionTimestamp: time('When the object was deleted; it stays while it has finalizers.'),
    deletionGracePeriodSeconds: int64('Seconds that the object may take to end.'),
    labels: stringMap('Keys and values to select objects by.'),
    annotations: stringMap('Keys and values for tools; they are not selected by.'),
    ownerReferences: keyedList(
      ownerReferenceSchema,
      'uid',
      'The objects that this one belongs to.',
    ),
    finalizers: {
      type: 'array',
      items: string(),
      description: 'Who must agree before the object goes away.',
      listType: 'set',
      patchStrategy: 'merge',
    },
    managedFields: listOf(
      managedFieldsEntrySchema,
      'Which manager set which fields. Kept by the server.',
    ),
  },
);

/** meta/v1 ListMeta. */
export const listMetaSchema: Schema = definition(`${prefix}.ListMeta`, 'What every list has.', {
  selfLink: string('Not used any more.'),
  resourceVersion: string('The version that the list was read at.'),
  continue: string('Where the next page begins; empty on the last one.'),
  remainingItemCount: int64('How many items stand behind this page.'),
});

/** For kinds without a schema of their own: metadata is known, everything else is kept. */
export const anyObjectSchema: Schema = {
  type: 'object',
  preserveUnknown: true,
  properties: { metadata: objectMetaSchema },
};
