/** A query or path parameter as both versions of OpenAPI describe it. */
export interface Parameter {
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

export const queryParameters: Readonly<Record<string, Parameter>> = {
  allowWatchBookmarks: { type: 'boolean', description: 'Send bookmarks with the newest revision.' },
  continue: { type: 'string', description: 'Where the next page begins, from the last one.' },
  dryRun: { type: 'string', description: 'All: check everything and store nothing.' },
  fieldManager: { type: 'string', description: 'Who owns the fields that are written.' },
  fieldSelector: { type: 'string', description: 'Select objects by their fields.' },
  fieldValidation: {
    type: 'string',
    description: 'Ignore, Warn or Strict: what to do about fields that the kind does not have.',
  },
  force: { type: 'boolean', description: 'Apply: take over fields that others own.' },
  gracePeriodSeconds: { type: 'integer', description: 'Seconds until the object may be gone.' },
  labelSelector: { type: 'string', description: 'Select objects by their labels.' },
  limit: { type: 'integer', description: 'At most this many objects a page.' },
  propagationPolicy: { type: 'string', description: 'Orphan, Background or Foreground.' },
  resourceVersion: { type: 'string', description: 'The revision to read at or to watch from.' },
  resourceVersionMatch: { type: 'string', description: 'Exact or NotOlderThan.' },
  sendInitialEvents: { type: 'boolean', description: 'Begin a watch with what is there.' },
  timeoutSeconds: { type: 'integer', description: 'How long a watch lasts.' },
  watch: { type: 'boolean', description: 'Watch instead of list.' },
};

export const pathParameters: Readonly<Record<string, Parameter>> = {
  name: { type: 'string', description: 'Name of the object.' },
  namespace: { type: 'string', description: 'Namespace of the object.' },
};

export const patchTypes: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
