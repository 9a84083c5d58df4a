import type { ImageStream } from '#src/domain/types.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { ImportStreamJob } from '#src/queue/jobs.ts';
import type { ImportQueue } from '#src/queue/producers.ts';
import type { Objects } from '#src/store/objects.ts';

import type { Change, Listener } from './informer.ts';
import { failedTags, identityOf, streamsOf } from './streams.ts';

/** The part of a core/v1 Secret that matters here. */
export interface SecretKind extends KubeObject {
  type?: string;
}

export interface SecretControllerOptions {
  readonly objects: Pick<Objects, 'list'>;
  readonly queue: Pick<ImportQueue, 'enqueueStreams'>;
}

const pullSecretTypes: ReadonlySet<string> = new Set([
  'kubernetes.io/dockercfg',
  'kubernetes.io/dockerconfigjson',
]);

/**
 * Asks again for the unauthorised tags of a namespace when one of its pull secrets changes, so that a corrected secret
 * heals them without an edit of the stream.
 */
export class SecretController implements Listener<SecretKind> {
  readonly #options: SecretControllerOptions;

  constructor(options: SecretControllerOptions) {
    this.#options = options;
  }

  async apply(changes: readonly Change<SecretKind>[]): Promise<void> {
    const newest = new Map<string, { revision: number; isListed: boolean }>();
    for (const { type, object, previous } of changes) {
      if (![object, previous].some((secret) => pullSecretTypes.has(secret?.type ?? ''))) continue;
      const { namespace = '', resourceVersion = '0' } = object.metadata;
      const revision = Number(resourceVersion);
      if (revision <= (newest.get(namespace)?.revision ?? 0)) continue;
      newest.set(namespace, { revision, isListed: type === 'listed' });
    }
    for (const [namespace, { revision, isListed }] of newest)
      await this.#askAgain(namespace, revision, isListed);
  }

  /** When the secret was only listed, streams written after it have seen it. */
  async #askAgain(namespace: string, revision: number, isListed: boolean): Promise<void> {
    const { objects, queue } = this.#options;
    const { items } = await objects.list<ImageStream>(streamsOf(namespace));
    const jobs = items.flatMap((stream): ImportStreamJob[] => {
      if (isListed && Number(stream.metadata.resourceVersion) > revision) return [];
      const tags = failedTags(stream, 'Unauthorized').map(({ name }) => name);
      if (tags.length === 0) return [];
      const generation = stream.metadata.generation ?? 0;
      return [{ ...identityOf(stream), generation, tags, cause: `secret ${revision}` }];
    });
    await queue.enqueueStreams(jobs);
  }
}
