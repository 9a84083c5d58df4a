import { definition, listOf, mapOf, string } from '#src/meta/schema-builders.ts';
import type { Schema } from '#src/meta/schema.ts';

/** authentication.k8s.io/v1 UserInfo. */
export const userInfo: Schema = definition('io.k8s.api.authentication.v1.UserInfo', 'A user.', {
  username: string('Name of the user.'),
  uid: string('Unique id of the user.'),
  groups: listOf(string(), 'Groups of the user.'),
  extra: mapOf(listOf(string()), 'More about the user.'),
});
