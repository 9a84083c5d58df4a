import { importCondition } from '#src/domain/history.ts';
import { imageGroup, type ImageStream } from '#src/domain/types.ts';
import type { Range } from '#src/store/store.ts';

/** Image streams in the store, those of one namespace or all. */
export function streamsOf(namespace?: string): Range {
  const resource = `imagestreams.${imageGroup}`;
  return namespace === undefined ? { resource } : { resource, namespace };
}

/** What names a stream in jobs: not a later one of the same name. */
export function identityOf(stream: ImageStream): { namespace: string; name: string; uid: string } {
  const { namespace = '', name = '', uid = '' } = stream.metadata;
  return { namespace, name, uid };
}

/** The external tags whose last import failed for this reason. */
export function failedTags(
  stream: ImageStream,
  reason: string,
): { readonly name: string; readonly since: string }[] {
  return (stream.status.tags ?? []).flatMap((status) => {
    const condition = importCondition(status);
    return condition?.status === 'False' && condition.reason === reason
      ? [{ name: status.tag, since: condition.lastTransitionTime ?? '' }]
      : [];
  });
}
