import type { Rest } from '#src/apiserver/resource.ts';
import { specTag } from '#src/domain/history.ts';
import { referenceOf, registryHost } from '#src/domain/reference.ts';
import type { ImageStream } from '#src/domain/types.ts';
import {
  historyView,
  type TagCheck,
  type TagRegistry,
  type UnusedCredential,
} from '#src/domain/views/history.ts';
import { imagesInHistory } from '#src/domain/views/image-stream-image.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { notFound, StatusError } from '#src/meta/status.ts';
import type { LedgerRow } from '#src/store/ledger.ts';

import type { ResourceDeps } from '../deps.ts';
import { unaskedOf } from '../registries/registry.ts';
import { imageStreamKey, imageStreamsResource, loadImages } from './streams.ts';

/** `imagestreams/history`: causes, checks and holds, which the documents of OpenShift have no place for. */
export function streamHistory({ objects, clock, upstream }: ResourceDeps): Rest {
  return {
    async get({ namespace }, name) {
      const stream = await objects.get<ImageStream>(imageStreamKey(namespace, name));
      if (stream === undefined) throw new StatusError(notFound(imageStreamsResource, name));
      const [images, rows, sources] = await Promise.all([
        loadImages(objects, imagesInHistory(stream)),
        upstream?.checks(namespace, name) ?? [],
        sourcesOf(stream, upstream),
      ]);
      const checks = new Map(rows.map((row) => [row.tag, checkOf(row)]));
      const sourceOf = (tag: string): string => specTag(stream, tag)?.from?.name ?? '';
      return historyView(stream, {
        now: rfc3339(clock.now()),
        imageOf: (image) => images.get(image),
        checkOf: (tag) => checks.get(tag),
        secretsOf: (tag) => sources.secrets.get(sourceOf(tag)),
        unusedOf: (tag) => (sources.secrets.has(sourceOf(tag)) ? sources.unused : []),
        registryOf: (tag) => sources.registries.get(sourceOf(tag)),
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

/** What is known of the sources of a stream, by pull spec. */
interface Sources {
  readonly secrets: ReadonlyMap<string, readonly string[]>;
  readonly unused: readonly UnusedCredential[];
  readonly registries: ReadonlyMap<string, TagRegistry>;
}

/** Nothing where nobody can say. */
async function sourcesOf(
  stream: ImageStream,
  upstream: ResourceDeps['upstream'],
): Promise<Sources> {
  const named = (stream.spec.tags ?? []).flatMap(({ from }) =>
    from?.kind === 'DockerImage' && (from.name ?? '') !== '' ? [from.name ?? ''] : [],
  );
  const wanted = [...new Set(named)];
  if (upstream === undefined || wanted.length === 0)
    return { secrets: new Map(), unused: [], registries: new Map() };
  const hosts = new Map(
    wanted.flatMap((source) => {
      const reference = referenceOf(source);
      return reference === undefined ? [] : [[source, registryHost(reference)] as const];
    }),
  );
  const [{ tried, unused }, states] = await Promise.all([
    upstream.secrets(stream.metadata.namespace ?? '', wanted),
    upstream.registries([...new Set(hosts.values())]),
  ]);
  const unasked = new Map(states.map((state) => [state.host, unaskedOf(state)]));
  return {
    secrets: new Map(wanted.map((source, index) => [source, tried[index] ?? []])),
    unused,
    registries: new Map(
      [...hosts].flatMap(([source, host]) => {
        const registry = unasked.get(host);
        return registry === undefined ? [] : [[source, registry] as const];
      }),
    ),
  };
}
