import { definition } from '#src/meta/schema-builders.ts';
import type { Schema } from '#src/meta/schema.ts';

import { kindSchema } from './meta.ts';

/** Where the definitions of `image.openshift.io/v1` live in OpenAPI. */
const prefix = 'com.github.openshift.api.image.v1';

type Fields = Readonly<Record<string, Schema>>;

/** A definition of `image.openshift.io/v1`. */
export function imageDefinition(name: string, description: string, fields: Fields): Schema {
  return definition(`${prefix}.${name}`, description, fields);
}

/** A kind of `image.openshift.io/v1`: the fields given besides those of every object. */
export function imageKind(name: string, description: string, fields: Fields): Schema {
  return kindSchema(`${prefix}.${name}`, description, fields);
}
