import { boolean, bytes, mapOf, stringMap } from '#src/meta/schema-builders.ts';

import { kindSchema } from '../schema/meta.ts';

export const configMapSchema = kindSchema('io.k8s.api.core.v1.ConfigMap', 'Configuration data.', {
  data: stringMap('The data as text.'),
  binaryData: mapOf(bytes(), 'The data that is not text, base64.'),
  immutable: boolean('The data cannot be changed any more.'),
});
