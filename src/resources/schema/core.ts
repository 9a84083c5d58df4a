import { definition, string } from '#src/meta/schema-builders.ts';
import type { Schema } from '#src/meta/schema.ts';

/** core/v1 ObjectReference. */
export const objectReference: Schema = {
  ...definition('io.k8s.api.core.v1.ObjectReference', 'Points at another object.', {
    kind: string('Kind of the object.'),
    namespace: string('Namespace of the object.'),
    name: string('Name of the object.'),
    uid: string('UID of the object.'),
    apiVersion: string('API version of the object.'),
    resourceVersion: string('The revision that is meant.'),
    fieldPath: string('A part of the object.'),
  }),
  mapType: 'atomic',
};

/** core/v1 LocalObjectReference. */
export const localObjectReference: Schema = {
  ...definition(
    'io.k8s.api.core.v1.LocalObjectReference',
    'Points at an object of the same namespace.',
    { name: string('Name of the object.') },
  ),
  mapType: 'atomic',
};
