import {
  expired,
  failure,
  modified,
  notFound,
  alreadyExists,
  type Status,
  StatusError,
} from '#src/meta/status.ts';
import type { GroupResource } from '#src/meta/object.ts';
import { StoreError } from '#src/store/store.ts';

/**
 * What a failure of the store answers to a client: the one crossing from StoreError to Status. Anything else is
 * handed back as it is.
 */
export function storeStatus(error: unknown, resource: GroupResource, name: string): unknown {
  if (!(error instanceof StoreError)) return error;
  return new StatusError(statusOf(error, resource, name));
}

function statusOf(error: StoreError, resource: GroupResource, name: string): Status {
  switch (error.code) {
    case 'KeyExists':
      return alreadyExists(resource, name);
    case 'KeyNotFound':
      return notFound(resource, name);
    case 'Conflict':
      return modified(resource, name);
    case 'Compacted':
      return expired('The resourceVersion for the provided list is too old.');
    case 'FutureRevision':
      return futureRevision(error.message, error.revision);
    case 'SlowWatcher':
      return failure(429, 'TooManyRequests', 'watch was too slow', { retryAfterSeconds: 1 });
    case 'Unavailable':
      break;
  }
  return failure(503, 'ServiceUnavailable', 'the record is not available', {
    retryAfterSeconds: 1,
  });
}

/** 504 of a resourceVersion that does not exist yet. */
export function tooLargeResourceVersion(asked: number, current: number): StatusError {
  return new StatusError(
    futureRevision(`Too large resource version: ${asked}, current: ${current}`, current),
  );
}

function futureRevision(message: string, current: number | undefined): Status {
  const text = message.startsWith('Too large')
    ? message
    : `Too large resource version, current: ${current ?? 0}`;
  return failure(504, 'Timeout', `Timeout: ${text}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
