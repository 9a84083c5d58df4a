import type { Rest } from '#src/apiserver/resource.ts';
import { specTag } from '#src/domain/history.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { historyView, type TagCheck } from '#src/domain/views/history.ts';
import { imagesInHistory } from '#src/domain/views/image-stream-image.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { notFound, StatusError } from '#src/meta/status.ts';
import type { LedgerRow } from '#src/store/ledger.ts';

import type { ResourceDeps } from '../deps.ts';
import { imageStreamKey, imageStreamsResource, loadImages } from './streams.ts';

/** `imagestreams/history`: causes, checks and holds, which the documents of OpenShift have no place for. */
export function streamHistory({ objects, clock, upstream }: ResourceDeps): Rest {
  return {
    async get({ namespace }, name) {
      const stream = await objects.get<ImageStream>(imageStreamKey(namespace, name));
      if (stream === undefined) throw new StatusError(notFound(imageStreamsResource, name));
      const [images, rows, secrets] = await Promise.all([
        loadImages(objects, imagesInHistory(stream)),
        upstream?.checks(namespace, name) ?? [],
        secretsOf(stream, upstream),
      ]);
      const checks = new Map(rows.map((row) => [row.tag, checkOf(row)]));
      return historyView(stream, {
        now: rfc3339(clock.now()),
        imageOf: (image) => images.get(image),
        checkOf: (tag) => checks.get(tag),
        secretsOf: (tag) => secrets.get(specTag(stream, tag)?.from?.name ?? ''),
      });
    },
  };
}

function checkOf({
  checkedAt,
  dueAt,
  digest,
  seen,
  failures,
  failure,
  access,
  candidates,
}: LedgerRow): TagCheck {
  return {
    ...(checkedAt === undefined ? {} : { lastCheck: rfc3339(checkedAt) }),
    nextCheck: rfc3339(dueAt),
    ...(digest === undefined ? {} : { digest }),
    ...(seen === undefined ? {} : { heldBack: seen }),
    ...(access === undefined ? {} : { access }),
    ...(candidates === undefined
      ? {}
      : {
          candidates: candidates.map(({ digest: each, seenAt }) => ({
            digest: each,
            firstSeen: rfc3339(seenAt),
          })),
        }),
    failures,
    ...(failure === undefined ? {} : { failure }),
  };
}

/** By pull spec; nothing where nobody can say. */
async function secretsOf(
  stream: ImageStream,
  upstream: ResourceDeps['upstream'],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (upstream === undefined) return new Map();
  const sources = (stream.spec.tags ?? []).flatMap(({ from }) =>
    from?.kind === 'DockerImage' && (from.name ?? '') !== '' ? [from.name ?? ''] : [],
  );
  const wanted = [...new Set(sources)];
  const names = await upstream.secrets(stream.metadata.namespace ?? '', wanted);
  return new Map(wanted.map((source, index) => [source, names[index] ?? []]));
}
