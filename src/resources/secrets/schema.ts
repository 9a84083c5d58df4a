import { boolean, bytes, mapOf, string, stringMap } from '#src/meta/schema-builders.ts';

import { kindSchema } from '../schema/meta.ts';

export const secretSchema = kindSchema('io.k8s.api.core.v1.Secret', 'Confidential data.', {
  type: { ...string('What the data is for; Opaque when not given.'), default: 'Opaque' },
  data: mapOf(bytes(), 'The data, base64.'),
  stringData: stringMap('The data as text; merged into data on write, never shown.'),
  immutable: boolean('The data cannot be changed any more.'),
});
