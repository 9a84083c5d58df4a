import { scheduledTags } from '#src/domain/import-plan.ts';
import { checkIntervalAnnotation, scheduleOf } from '#src/domain/schedule.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Ledger, LedgerEntry } from '#src/store/ledger.ts';
import type { Objects } from '#src/store/objects.ts';

import type { Change, Listener } from './informer.ts';
import { identityOf, streamsOf } from './streams.ts';

export interface ScheduleControllerOptions {
  readonly objects: Pick<Objects, 'get' | 'list'>;
  readonly ledger: Pick<Ledger, 'put'>;
  /** Milliseconds between two checks of a tag that says nothing else. */
  readonly periodMs: number;
}

/** Keeps the ledger in step with the scheduled tags of all streams. A stream that is gone is taken out at its next check. */
export class ScheduleController implements Listener<ImageStream> {
  readonly #options: ScheduleControllerOptions;

  constructor(options: ScheduleControllerOptions) {
    this.#options = options;
  }

  async apply(changes: readonly Change<ImageStream>[]): Promise<void> {
    const entries = new Map<string, LedgerEntry>();
    const namespaces = new Map<string, KubeObject | undefined>();
    for (const { type, object, previous } of changes) {
      const { namespace = '', name = '' } = object.metadata;
      const replaced = type === 'deleted' ? object : previous;
      // Most streams have no schedule: their namespaces are not looked at.
      if (![object, replaced].some(hasSchedule)) continue;
      if (!namespaces.has(namespace)) namespaces.set(namespace, await this.#namespace(namespace));
      const tags = type === 'deleted' ? [] : this.#tags(object, namespaces.get(namespace));
      const before = replaced === undefined ? [] : this.#tags(replaced, namespaces.get(namespace));
      if (JSON.stringify(tags) === JSON.stringify(before)) continue;
      entries.set(`${namespace}/${name}`, { stream: identityOf(object), tags });
    }
    if (entries.size > 0) await this.#options.ledger.put([...entries.values()]);
  }

  /** For namespaces, whose annotations change the periods of all their streams. */
  get ofNamespaces(): Listener<KubeObject> {
    return { apply: (changes) => this.#applyNamespaces(changes) };
  }

  async #applyNamespaces(changes: readonly Change<KubeObject>[]): Promise<void> {
    const { objects, ledger } = this.#options;
    for (const { type, object, previous } of changes) {
      if (type === 'deleted' || intervalOf(object) === intervalOf(previous)) continue;
      const { items } = await objects.list<ImageStream>(streamsOf(object.metadata.name ?? ''));
      const entries = items.map((stream) => ({
        stream: identityOf(stream),
        tags: this.#tags(stream, object),
      }));
      await ledger.put(entries);
    }
  }

  #tags(stream: ImageStream, namespace: KubeObject | undefined): LedgerEntry['tags'] {
    return scheduleOf(stream, this.#options.periodMs, namespace?.metadata.annotations);
  }

  #namespace(name: string): Promise<KubeObject | undefined> {
    return this.#options.objects.get({ resource: 'namespaces', namespace: '', name });
  }
}

function intervalOf(namespace: KubeObject | undefined): string | undefined {
  return namespace?.metadata.annotations?.[checkIntervalAnnotation];
}

function hasSchedule(stream: ImageStream | undefined): boolean {
  return stream !== undefined && scheduledTags(stream).length > 0;
}
