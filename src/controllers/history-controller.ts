import { retentionOf, withRetention, type Retention } from '#src/domain/retention.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { rfc3339, type Clock } from '#src/lib/clock.ts';
import { StoreError } from '#src/store/store.ts';
import type { Objects } from '#src/store/objects.ts';

import { streamsOf } from './streams.ts';

export interface HistoryControllerOptions {
  readonly objects: Pick<Objects, 'list' | 'update'>;
  readonly clock: Clock;
  /** Bounds of streams that do not say it themselves. */
  readonly retention?: Retention | undefined;
}

const sweepMs = 3_600_000;
const pageSize = 200;

/**
 * Drops what histories need not keep any more. Every write of a stream does so too, but entries also grow old where
 * nobody writes, and a bound may be new.
 */
export class HistoryController {
  readonly #options: HistoryControllerOptions;

  constructor(options: HistoryControllerOptions) {
    this.#options = options;
  }

  /** Sweeps every hour until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.sweep(signal);
      await this.#options.clock.sleep(sweepMs, signal).catch(() => undefined);
    }
  }

  /** Goes through all streams once. */
  async sweep(signal: AbortSignal): Promise<void> {
    const { objects } = this.#options;
    let after: { readonly namespace: string; readonly name: string } | undefined;
    while (!signal.aborted) {
      const { items, remaining } = await objects.list<ImageStream>(streamsOf(), {
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      });
      for (const stream of items) await this.#bound(stream);
      const last = items.at(-1)?.metadata;
      if (last === undefined || remaining === 0) return;
      after = { namespace: last.namespace ?? '', name: last.name ?? '' };
    }
  }

  async #bound(stream: ImageStream): Promise<void> {
    const { objects, clock, retention } = this.#options;
    const bounded = withRetention(stream, retentionOf(stream, retention), rfc3339(clock.now()));
    if (bounded === stream) return;
    const { namespace = '', name = '' } = stream.metadata;
    try {
      await objects.update({ ...streamsOf(namespace), namespace, name }, bounded);
    } catch (error) {
      // Whoever wrote the stream meanwhile has bounded it; one that is gone has no history.
      if (error instanceof StoreError && ['Conflict', 'KeyNotFound'].includes(error.code)) return;
      throw error;
    }
  }
}
