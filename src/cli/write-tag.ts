import { imageApiVersion, type ImageStream, type TagReference } from '#src/domain/types.ts';
import { StatusError } from '#src/meta/status.ts';
import type { ApiClient } from './client.ts';
import { CliError } from './errors.ts';
import { imagePath } from './resources.ts';
import type { TagBody, TagTarget } from './tag-request.ts';

const maxConflicts = 4;

/**
 * PUT makes the tag, and the stream, where they are missing. A server that refuses that is asked with POST, and one that
 * refuses tags altogether to write the stream.
 */
export async function putTag(api: ApiClient, target: TagTarget, body: TagBody): Promise<void> {
  if (await isTaken(api, { method: 'PUT', path: tagPath(target), body }, ['NotFound'])) return;
  const path = imagePath('imagestreamtags', target.namespace);
  if (await isTaken(api, { method: 'POST', path, body })) return;
  const { name, tag } = partsOf(target);
  await changeStream(api, target.namespace, name, (stream) => ({
    ...stream,
    spec: {
      ...stream.spec,
      tags: [...otherTags(stream, tag), body.tag],
    },
  }));
}

/** Removes a tag with its history, or where tags may not be deleted at least from the spec of its stream. */
export async function deleteTag(api: ApiClient, target: TagTarget): Promise<void> {
  const body = { kind: 'DeleteOptions', apiVersion: imageApiVersion };
  if (await isTaken(api, { method: 'DELETE', path: tagPath(target), body })) return;
  const { name, tag } = partsOf(target);
  await changeStream(api, target.namespace, name, (stream) => {
    if (stream.metadata.uid === undefined)
      throw new CliError(`Image stream "${name}" does not exist.`);
    const tags = otherTags(stream, tag);
    if (tags.length === (stream.spec.tags ?? []).length)
      throw new CliError(`destination tag ${target.namespace}/${target.name} does not exist.`);
    return { ...stream, spec: { ...stream.spec, tags } };
  });
}

/** False when the server does not let tags be written this way. */
async function isTaken(
  api: ApiClient,
  request: { readonly method: string; readonly path: string; readonly body: unknown },
  refusals: readonly string[] = [],
): Promise<boolean> {
  try {
    await api.request(request);
    return true;
  } catch (error) {
    if (isStatus(error, 'MethodNotAllowed', 'Forbidden', ...refusals)) return false;
    throw error;
  }
}

async function changeStream(
  api: ApiClient,
  namespace: string,
  name: string,
  change: (stream: ImageStream) => ImageStream,
): Promise<void> {
  const path = imagePath('imagestreams', namespace, name);
  for (let conflicts = 0; ; conflicts += 1) {
    const found = await readStream(api, path);
    const body = change(found ?? emptyStream(name));
    try {
      if (found === undefined)
        await api.request({ method: 'POST', path: imagePath('imagestreams', namespace), body });
      else await api.request({ method: 'PUT', path, body });
      return;
    } catch (error) {
      if (conflicts === maxConflicts || !isStatus(error, 'Conflict')) throw error;
    }
  }
}

async function readStream(api: ApiClient, path: string): Promise<ImageStream | undefined> {
  try {
    return await api.request<ImageStream>({ method: 'GET', path });
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

function emptyStream(name: string): ImageStream {
  return {
    kind: 'ImageStream',
    apiVersion: imageApiVersion,
    metadata: { name },
    spec: { lookupPolicy: { local: false } },
    status: { dockerImageRepository: '' },
  };
}

function otherTags({ spec }: ImageStream, tag: string): TagReference[] {
  return (spec.tags ?? []).filter(({ name }) => name !== tag);
}

function partsOf({ name }: TagTarget): { readonly name: string; readonly tag: string } {
  const colon = name.indexOf(':');
  return { name: name.slice(0, colon), tag: name.slice(colon + 1) };
}

function isStatus(error: unknown, ...reasons: readonly string[]): boolean {
  return error instanceof StatusError && reasons.includes(error.status.reason ?? '');
}

function tagPath(target: TagTarget): string {
  if (/[?#/]/.test(target.name)) throw new CliError(`invalid name "${target.name}"`);
  return imagePath('imagestreamtags', target.namespace, target.name);
}
