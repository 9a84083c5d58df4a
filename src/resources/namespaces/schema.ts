import { definition, keyedList, listOf, string, time } from '#src/meta/schema-builders.ts';

import { kindSchema } from '../schema/meta.ts';

export const namespaceSchema = kindSchema(
  'io.k8s.api.core.v1.Namespace',
  'A scope for names; everything in it is removed with it.',
  {
    spec: definition('io.k8s.api.core.v1.NamespaceSpec', 'What holds the namespace.', {
      finalizers: listOf(string(), 'Who must act before the namespace is removed.'),
    }),
    status: definition('io.k8s.api.core.v1.NamespaceStatus', 'Where the namespace stands.', {
      phase: string('Active or Terminating.'),
      conditions: keyedList(
        definition('io.k8s.api.core.v1.NamespaceCondition', 'What is known of its removal.', {
          type: string('What the condition is about.'),
          status: string('True, False or Unknown.'),
          lastTransitionTime: time('When it last changed.'),
          reason: string('Why, for programs.'),
          message: string('Why, for people.'),
        }),
        'type',
        'What is known of its removal.',
      ),
    }),
  },
);
