import { rfc3339 } from '#src/lib/clock.ts';
import { FieldPathError } from '#src/meta/managed-fields/path-element.ts';
import { trackUpdate, type Tracking } from '#src/meta/managed-fields/track.ts';
import type { KubeObject } from '#src/meta/object.ts';

import type { VerbCall } from './call.ts';

/** Only what is stored as it stands has managers; what can be watched is. */
export function hasManagedFields({ target }: VerbCall): boolean {
  return target.resource.rest.watch !== undefined;
}

/** Who writes what in this request. */
export function trackingOf(
  call: VerbCall,
  operation: 'Apply' | 'Update',
  fieldManager: string,
): Tracking {
  const { target, info, now } = call;
  return {
    writer: {
      manager: fieldManager,
      operation,
      apiVersion: target.apiVersion,
      subresource: info.subresource,
    },
    schema: target.schema,
    now: rfc3339(now),
    hasStatus: target.resource.subresources.some(({ name }) => name === 'status'),
  };
}

/** The object of a plain write with its managers; as it is where its fields cannot be told apart. */
export function tracked(
  call: VerbCall,
  current: KubeObject | undefined,
  next: KubeObject,
  fieldManager: string,
): KubeObject {
  if (!hasManagedFields(call)) return next;
  try {
    return trackUpdate(current, next, trackingOf(call, 'Update', fieldManager));
  } catch (error) {
    // A broken list is the business of validation, which follows.
    if (error instanceof FieldPathError) return next;
    throw error;
  }
}
