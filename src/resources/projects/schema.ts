import { definition, listOf, string } from '#src/meta/schema-builders.ts';

import { kindSchema } from '../schema/meta.ts';

const prefix = 'com.github.openshift.api.project.v1';

export const projectSchema = kindSchema(`${prefix}.Project`, 'A namespace as its users see it.', {
  spec: definition(`${prefix}.ProjectSpec`, 'What holds the project.', {
    finalizers: listOf(string(), 'Who must act before the project is removed.'),
  }),
  status: definition(`${prefix}.ProjectStatus`, 'Where the project stands.', {
    phase: string('Active or Terminating.'),
  }),
});

export const projectRequestSchema = kindSchema(
  `${prefix}.ProjectRequest`,
  'Asks for a new project.',
  {
    displayName: string('A name for people.'),
    description: string('What the project is for.'),
  },
);
