import { invalid } from '#src/meta/field-error.ts';
import {
  forbidden,
  internalError,
  invalidObject,
  notFound,
  unauthorized,
  type Status,
} from '#src/meta/status.ts';
import {
  exactReference,
  referenceString,
  withClientDefaults,
  type DockerImageReference,
} from './reference.ts';
import { imageGroup } from './types.ts';

// The statuses of single images of an import (openshift-apiserver importer), without kind and apiVersion as they stand inside one.
// `text` is the normalised reference of the attempt.

/** `docker.io/library/python:nope`: how messages name an image; a digest hides the tag. */
export function normalisedReference(ref: DockerImageReference): string {
  return exactReference(withClientDefaults(ref));
}

export function manifestNotFound(text: string): Status {
  return embedded(notFound({ group: imageGroup, resource: 'dockerimage' }, text));
}

export function unauthorizedImage(text: string): Status {
  return embedded(unauthorized(`you may not have access to the container image "${text}"`));
}

/** Everything that is neither missing nor unauthorized; without a reference the error stands alone. */
export function internalImportError(error: string, text?: string): Status {
  return embedded(internalError(text === undefined ? error : `${text}: ${error}`));
}

/** `from.name` cannot be read; `error` says why. */
export function invalidFromName(name: string, error: string): Status {
  return embedded(
    invalidObject({ group: '', kind: '' }, '', [
      invalid('from.name', name, `invalid name: ${error}`),
    ]),
  );
}

/** The registry client would not take the repository name. */
export function invalidRepositoryName(repository: string): Status {
  return embedded(
    invalidObject({ group: imageGroup, kind: '' }, '', [
      invalid('from.name', repository, 'the provided repository name is not valid'),
    ]),
  );
}

/** The configuration blocks the registry; `registry` as written, empty for short names. */
export function blockedRegistry(registry: string): Status {
  return embedded(forbidden({ group: '', resource: '' }, '', `registry ${registry} blocked`));
}

/** The allow-list leaves the registry out; `error` says what it holds. */
export function forbiddenRegistry(
  ref: DockerImageReference,
  insecure: boolean,
  error: string,
): Status {
  const resource = { group: imageGroup, resource: 'dockerimage' };
  const reason = forbiddenRegistryText(ref, insecure, error);
  return embedded(forbidden(resource, normalisedReference(ref), reason));
}

/** What an import says of a registry that the allow-list leaves out. */
export function forbiddenRegistryText(
  ref: DockerImageReference,
  insecure: boolean,
  error: string,
): string {
  const { registry } = withClientDefaults(ref);
  const host = registry.includes(':') ? registry : `${registry}:${insecure ? '80' : '443'}`;
  return `importing images from registry "${host}" is forbidden: ${error}`;
}

/** A pull spec that names a registry but no image. */
export function unusableReference(ref: DockerImageReference, error: string): Status {
  return embedded(
    internalError(`unable to parse docker reference ${exactReference(ref)}: ${error}`),
  );
}

/** Several pull sources failed. One error is returned as it is. */
export function severalSourcesFailed(errors: readonly Status[]): Status {
  const [first, ...others] = errors;
  if (first !== undefined && others.length === 0) return first;
  return embedded(internalError(`[${errors.map((error) => error.message ?? '').join(', ')}]`));
}

/** The failed repository of an import as messages name it: as it was written. */
export function repositoryText(ref: DockerImageReference): string {
  return referenceString({ ...ref, tag: '', id: '' });
}

/** Images of a repository failed; the others are tagged all the same. */
export function repositoryImagesFailed(failures: number): Status {
  const subject = failures === 1 ? 'one' : String(failures);
  return {
    metadata: {},
    status: 'Failure',
    message: `${subject} of the images from this repository failed to import`,
    reason: 'ImportFailed',
  };
}

/** A status as it stands inside an import: without kind and apiVersion. */
function embedded(status: Status): Status {
  const { kind: _kind, apiVersion: _version, ...rest } = status;
  return rest;
}
