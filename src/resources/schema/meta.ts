import { objectMetaSchema } from '#src/meta/object-schema.ts';
import { definition, string } from '#src/meta/schema-builders.ts';
import type { Schema } from '#src/meta/schema.ts';

/** The shape of a kind: `apiVersion`, `kind`, `metadata` and the fields given. */
export function kindSchema(
  id: string,
  description: string,
  properties: Readonly<Record<string, Schema>>,
): Schema {
  return definition(id, description, {
    apiVersion: string('Group and version, `GROUP/VERSION`.'),
    kind: string('Kind of the object, in CamelCase.'),
    metadata: objectMetaSchema,
    ...properties,
  });
}
