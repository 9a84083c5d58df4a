import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import { invalid, type FieldError } from '#src/meta/field-error.ts';
import type { KubeObject, ObjectReference } from '#src/meta/object.ts';

/** core/v1 Event: something that happened to an object. */
export interface Event extends KubeObject {
  /** Clients that leave it out exist. */
  involvedObject?: ObjectReference;
  reason?: string;
  message?: string;
  source?: { component?: string; host?: string };
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  count?: number;
  /** Normal or Warning. */
  type?: string;
  eventTime?: string | null;
  action?: string;
  reportingComponent?: string;
  reportingInstance?: string;
}

const involvedFields = [
  'kind',
  'namespace',
  'name',
  'uid',
  'apiVersion',
  'resourceVersion',
  'fieldPath',
] as const;

/** The rules of core/v1 Events. */
export const eventStrategy: Strategy<Event> = {
  namespaced: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: (event) => event,
  validateCreate: validateEvent,
  prepareForUpdate: (next) => next,
  validateUpdate: validateEvent,
  selectableFields: {
    ...Object.fromEntries(
      involvedFields.map((field) => [
        `involvedObject.${field}`,
        (event: Event) => involvedBy(event)[field] ?? '',
      ]),
    ),
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || (event.reportingComponent ?? ''),
    type: (event) => event.type ?? '',
  },
};

function validateEvent(event: Event): FieldError[] {
  const { namespace = '' } = involvedBy(event);
  const own = event.metadata.namespace ?? '';
  // Events about cluster-scoped objects are kept in `default`.
  const fits = namespace === own || (namespace === '' && own === 'default');
  return fits
    ? []
    : [invalid('involvedObject.namespace', namespace, 'does not match event.namespace')];
}

function involvedBy(event: Event): ObjectReference {
  return event.involvedObject ?? {};
}
