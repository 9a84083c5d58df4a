import type { ImageStream } from '#src/domain/types.ts';
import {
  historyView,
  type ImageStreamHistory,
  type TagHistory,
} from '#src/domain/views/history.ts';
import { StatusError } from '#src/meta/status.ts';
import { CliError } from './errors.ts';
import { imagePath } from './resources.ts';
import type { Session } from './session.ts';
import type { TagName } from './tag-history.ts';

/** The path of an image stream, of the session's namespace unless another one is given. */
export function streamPath(
  session: Session,
  stream: string,
  namespace: string = session.namespace(),
): string {
  return imagePath('imagestreams', namespace, stream);
}

/**
 * What the server knows of a tag. A server without `imagestreams/history` (OpenShift) tells what stands in the stream:
 * no causes, no checks.
 * @throws {CliError} when the stream has no such tag
 */
export async function readTagHistory(session: Session, name: TagName): Promise<TagHistory> {
  const { tags } = await readHistory(session, name.stream);
  const found = tags.find(({ tag }) => tag === name.tag);
  if (found === undefined) throw new CliError(noSuchTag(name, tags));
  return found;
}

/** What the server knows of the tags of a stream; without a namespace of the session's. */
export async function readHistory(
  session: Session,
  stream: string,
  namespace?: string,
): Promise<ImageStreamHistory> {
  const path = streamPath(session, stream, namespace);
  try {
    return await session
      .api()
      .request<ImageStreamHistory>({ method: 'GET', path: `${path}/history` });
  } catch (error) {
    if (!(error instanceof StatusError) || ![403, 404].includes(error.status.code ?? 0))
      throw error;
  }
  return historyView(await session.api().request<ImageStream>({ method: 'GET', path }), {
    now: new Date(session.now()).toISOString(),
    imageOf: () => undefined,
    checkOf: () => undefined,
    secretsOf: () => undefined,
    unusedOf: () => [],
    registryOf: () => undefined,
  });
}

function noSuchTag({ stream, tag }: TagName, tags: readonly TagHistory[]): string {
  const missing = `tag "${tag}" does not exist on image stream "${stream}"`;
  const known = tags.map((each) => each.tag);
  return known.length === 0
    ? `${missing}, which has no tags yet`
    : `${missing}; its tags are ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', …' : ''}`;
}
