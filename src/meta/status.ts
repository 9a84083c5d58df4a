import { fieldErrorBody, fieldErrorText, type FieldError } from './field-error.ts';
import type { GroupKind, GroupResource, ListMeta } from './object.ts';

/** meta/v1 StatusReason, the ones that this server uses. */
export type StatusReason =
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable'
  | 'ImportFailed';

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** meta/v1 Status: what every failing request answers, and the outcome of each image of an import. */
export interface Status {
  kind?: 'Status';
  apiVersion?: 'v1';
  metadata: ListMeta;
  status?: 'Success' | 'Failure';
  message?: string;
  reason?: StatusReason;
  details?: StatusDetails;
  code?: number;
}

/** Carries a Status through code that throws; the API server answers it as it stands. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;

  constructor(status: Status) {
    super(status.message ?? status.reason ?? 'unknown');
    this.status = status;
  }
}

/** A failure Status with its envelope (`kind`, `apiVersion`). */
export function failure(
  code: number,
  reason: StatusReason | undefined,
  message: string,
  details?: StatusDetails,
): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

/** `imagestreams.image.openshift.io`; the core group adds nothing. */
export function qualified(resource: GroupResource): string {
  return resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`;
}

export function notFound(resource: GroupResource, name: string): Status {
  return failure(
    404,
    'NotFound',
    `${qualified(resource)} "${name}" not found`,
    detailsOf(resource, name),
  );
}

export function alreadyExists(resource: GroupResource, name: string): Status {
  return failure(
    409,
    'AlreadyExists',
    `${qualified(resource)} "${name}" already exists`,
    detailsOf(resource, name),
  );
}

export function conflict(resource: GroupResource, name: string, error: string): Status {
  return failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${error}`,
    detailsOf(resource, name),
  );
}

/** The conflict of a stale `resourceVersion`, in the words every client shows. */
export function modified(resource: GroupResource, name: string): Status {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function forbidden(resource: GroupResource, name: string, error: string): Status {
  const subject = qualified(resource);
  if (name !== '')
    return failure(
      403,
      'Forbidden',
      `${subject} "${name}" is forbidden: ${error}`,
      detailsOf(resource, name),
    );
  const message = subject === '' ? `forbidden: ${error}` : `${subject} is forbidden: ${error}`;
  return failure(403, 'Forbidden', message, detailsOf(resource, name));
}

/** 422 with every field error; `kind` is the kind, not the resource (`ImageStream.image.openshift.io "x" is invalid: …`). */
export function invalidObject(
  kind: GroupKind,
  name: string,
  errors: readonly FieldError[],
): Status {
  const subject = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const texts = [...new Set(errors.map(fieldErrorText))];
  const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  return failure(422, 'Invalid', `${subject} "${name}" is invalid: ${list}`, {
    ...detailsOf({ group: kind.group, resource: kind.kind }, name),
    causes: errors.map((error) => ({
      reason: error.type,
      message: fieldErrorBody(error),
      field: error.field === '' ? '[]' : error.field,
    })),
  });
}

/** @throws {StatusError} 422 that names them, when there are errors */
export function refuseInvalid(kind: GroupKind, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new StatusError(invalidObject(kind, name, errors));
}

export function badRequest(message: string): Status {
  return failure(400, 'BadRequest', message);
}

export function unauthorized(message: string): Status {
  return failure(401, 'Unauthorized', message === '' ? 'not authorized' : message);
}

export function internalError(error: string): Status {
  return failure(500, 'InternalError', `Internal error occurred: ${error}`, {
    causes: [{ message: error }],
  });
}

export function serverTimeout(
  resource: GroupResource,
  operation: string,
  retryAfterSeconds: number,
): Status {
  return failure(
    500,
    'ServerTimeout',
    `The ${operation} operation against ${qualified(resource)} could not be completed at this time, please try again.`,
    { ...detailsOf(resource, operation), retryAfterSeconds },
  );
}

export function expired(message: string): Status {
  return failure(410, 'Expired', message);
}

export function methodNotAllowed(): Status {
  return failure(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** 404 of a path that nothing is served under. */
export function unknownPath(): Status {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** 422 of a patch that cannot be applied. */
export function rejectedPatch(): Status {
  return failure(
    422,
    'Invalid',
    'the server rejected our request due to an error in our request',
    {},
  );
}

/** What a plain success is inside an import: `{"metadata":{},"status":"Success"}`. */
export function success(): Status {
  return { metadata: {}, status: 'Success' };
}

function detailsOf(resource: GroupResource, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    ...(resource.resource === '' ? {} : { kind: resource.resource }),
  };
}
