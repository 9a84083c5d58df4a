import type { Schema } from '#src/meta/schema.ts';

import {
  boolean,
  definition,
  int32,
  int64,
  keyedList,
  listOf,
  string,
  stringMap,
  time,
} from './builders.ts';

const prefix = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const ownerReference: Schema = {
  ...definition(`${prefix}.OwnerReference`, 'An object that this one belongs to.', {
    apiVersion: string('API version of the owner.'),
    kind: string('Kind of the owner.'),
    name: string('Name of the owner.'),
    uid: string('UID of the owner.'),
    controller: boolean('The owner is the managing controller.'),
    blockOwnerDeletion: boolean('The owner is not removed before this object.'),
  }),
  mapType: 'atomic',
};

const managedFieldsEntry = definition(
  `${prefix}.ManagedFieldsEntry`,
  'The fields one manager owns.',
  {
    manager: string('Who owns the fields.'),
    operation: string('Apply or Update.'),
    apiVersion: string('The version whose field names are used.'),
    time: time('When the set last changed.'),
    fieldsType: string('Always FieldsV1.'),
    fieldsV1: {
      id: `${prefix}.FieldsV1`,
      type: 'object',
      description: 'The fields as a tree.',
      preserveUnknown: true,
    },
    subresource: string('The subresource they were written through.'),
  },
);

/** meta/v1 ObjectMeta. */
const objectMeta: Schema = definition(
  `${prefix}.ObjectMeta`,
  'What every stored object has: its name, its identity, its labels.',
  {
    name: string('Unique within the namespace and kind; cannot be changed.'),
    generateName: string('A prefix from which the server makes a name when there is none.'),
    namespace: string('The namespace; empty for cluster-scoped kinds.'),
    uid: string('Unique in time and space; set by the server.'),
    resourceVersion: string('The revision of the last write; an opaque value for clients.'),
    generation: int64('Rises with each change of the desired state; set by the server.'),
    creationTimestamp: time('When the object was created; set by the server.'),
    deletionTimestamp: time('When deletion was asked for; set by the server.'),
    deletionGracePeriodSeconds: int64('Seconds before the object may be removed.'),
    labels: stringMap('Key and value pairs that selectors match.'),
    annotations: stringMap('Key and value pairs for tools; not selectable.'),
    ownerReferences: {
      ...keyedList(ownerReference, 'uid', 'The objects that this one belongs to.'),
    },
    finalizers: {
      ...listOf(string(), 'Who must act before the object is removed.'),
      patchStrategy: 'merge',
      listType: 'set',
    },
    managedFields: listOf(managedFieldsEntry, 'Who owns which fields; kept by the server.'),
    selfLink: string('Not used.'),
  },
);

/** meta/v1 Status; an import holds one for each image. */
export const status: Schema = definition(`${prefix}.Status`, 'The outcome of an operation.', {
  apiVersion: string('Version of the schema.'),
  kind: string('Status.'),
  metadata: definition(`${prefix}.ListMeta`, 'Metadata of a list.', {
    continue: string('Token for the next page.'),
    remainingItemCount: int64('How many items follow.'),
    resourceVersion: string('The revision of the list.'),
    selfLink: string('Not used.'),
  }),
  status: string('Success or Failure.'),
  message: string('What happened, for people.'),
  reason: string('What happened, for programs.'),
  details: definition(`${prefix}.StatusDetails`, 'What the outcome is about.', {
    name: string('Name of the object.'),
    group: string('Group of the object.'),
    kind: string('Kind or resource of the object.'),
    uid: string('UID of the object.'),
    causes: listOf(
      definition(`${prefix}.StatusCause`, 'One cause of a failure.', {
        reason: string('What is wrong, for programs.'),
        message: string('What is wrong, for people.'),
        field: string('The field that is wrong.'),
      }),
      'Every cause.',
    ),
    retryAfterSeconds: int32('Seconds to wait before another try.'),
  }),
  code: int32('HTTP status code.'),
});

/** The shape of a kind: `apiVersion`, `kind`, `metadata` and the fields given. */
export function kindSchema(
  id: string,
  description: string,
  properties: Readonly<Record<string, Schema>>,
): Schema {
  return definition(id, description, {
    apiVersion: string('Group and version, `GROUP/VERSION`.'),
    kind: string('Kind of the object, in CamelCase.'),
    metadata: objectMeta,
    ...properties,
  });
}
