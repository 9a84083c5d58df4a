import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';
import { StoreError, type Range, type StoreErrorCode } from '#src/store/store.ts';

/** One object as a controller sees it: found by a list, written since, or gone. */
export interface Change<T extends KubeObject> {
  readonly type: 'listed' | 'written' | 'deleted';
  readonly object: T;
  /** What a write replaced; absent on create and when listed. */
  readonly previous?: T;
}

export interface Listener<T extends KubeObject> {
  /** Everything that exists is listed now; what was known before may be out of date. */
  relist?(): void;
  /**
   * Called with changes in order, one call at a time.
   * @throws {Error} to be called with the same changes again, a little later
   */
  apply(changes: readonly Change<T>[]): Promise<void>;
}

export interface InformerOptions<T extends KubeObject> {
  readonly objects: Objects;
  readonly range: Range;
  readonly listener: Listener<T>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const pageSize = 500;
const pauseMs = 500;
/** After these the log can only be read from a new list. */
const lostPlace: ReadonlySet<StoreErrorCode> = new Set(['Compacted', 'FutureRevision']);

/**
 * Lists the objects of a range and then follows every change, across outages of the database: no change is missed, one
 * may come twice.
 */
export class Informer<T extends KubeObject> {
  readonly #options: InformerOptions<T>;
  #relist = new AbortController();

  constructor(options: InformerOptions<T>) {
    this.#options = options;
  }

  /** Lists everything again, soon. */
  relist(): void {
    this.#relist.abort(new Relist());
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, range } = this.#options;
    let from: number | undefined;
    while (!signal.aborted) {
      try {
        if (from === undefined) {
          this.#relist = new AbortController();
          from = await this.#list(signal);
        }
        const ended = AbortSignal.any([signal, this.#relist.signal]);
        for await (const { revision, events } of this.#options.objects.watch<T>({
          from,
          ranges: [range],
          signal: ended,
        })) {
          const changes = events.map(({ type, object, previous }) => ({
            type: type === 'delete' ? ('deleted' as const) : ('written' as const),
            object,
            ...(previous === undefined ? {} : { previous }),
          }));
          if (changes.length > 0) await this.#options.listener.apply(changes);
          from = revision;
        }
        if (this.#relist.signal.aborted) from = undefined;
      } catch (error) {
        if (signal.aborted) return;
        if (this.#mustList(error)) from = undefined;
        else logger.warn('controller tries again', { resource: range.resource, error });
        await clock.sleep(pauseMs, signal).catch(() => undefined);
      }
    }
  }

  #mustList(error: unknown): boolean {
    if (this.#relist.signal.aborted) return true;
    return error instanceof StoreError && lostPlace.has(error.code);
  }

  /** @returns the revision from which to watch */
  async #list(signal: AbortSignal): Promise<number> {
    const { objects, range, listener } = this.#options;
    listener.relist?.();
    let revision: number | undefined;
    let after: { namespace: string; name: string } | undefined;
    while (!signal.aborted) {
      const page = await objects.list<T>(range, {
        limit: pageSize,
        ...(revision === undefined ? {} : { revision }),
        ...(after === undefined ? {} : { after }),
      });
      revision = page.revision;
      const last = page.items.at(-1)?.metadata;
      await listener.apply(page.items.map((object) => ({ type: 'listed' as const, object })));
      if (page.remaining === 0 || last === undefined) break;
      after = { namespace: last.namespace ?? '', name: last.name ?? '' };
    }
    return revision ?? 0;
  }
}

class Relist extends Error {}
