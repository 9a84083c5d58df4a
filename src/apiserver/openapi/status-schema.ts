import { listMetaSchema } from '#src/meta/object-schema.ts';
import type { Schema } from '#src/meta/schema.ts';

const prefix = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const text: Schema = { type: 'string' };
const int32: Schema = { type: 'integer', format: 'int32' };

const cause: Schema = {
  id: `${prefix}.StatusCause`,
  type: 'object',
  description: 'One of the things that are wrong.',
  properties: {
    field: { ...text, description: 'The field that is wrong.' },
    message: { ...text, description: 'What is wrong, for people.' },
    reason: { ...text, description: 'What is wrong, for programs.' },
  },
};

const details: Schema = {
  id: `${prefix}.StatusDetails`,
  type: 'object',
  description: 'What a status is about.',
  properties: {
    causes: { type: 'array', items: cause, listType: 'atomic', description: 'All that is wrong.' },
    group: { ...text, description: 'Group of the resource or kind.' },
    kind: { ...text, description: 'The resource, or the kind where fields are wrong.' },
    name: { ...text, description: 'Name of the object.' },
    retryAfterSeconds: { ...int32, description: 'When to try again.' },
    uid: { ...text, description: 'UID of the object.' },
  },
};

/** meta/v1 Status. */
export const statusSchema: Schema = {
  id: `${prefix}.Status`,
  type: 'object',
  description: 'How a request went, where there is no object to answer.',
  properties: {
    apiVersion: { ...text, description: 'Group and version of the kind.' },
    kind: { ...text, description: 'What the object is.' },
    metadata: listMetaSchema,
    status: { ...text, description: 'Success or Failure.' },
    code: { ...int32, description: 'The HTTP status.' },
    reason: { ...text, description: 'Why, for programs.' },
    message: { ...text, description: 'Why, for people.' },
    details,
  },
};
