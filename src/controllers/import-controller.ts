import { streamNeedsImport } from '#src/domain/import-plan.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { ImportStreamJob } from '#src/queue/jobs.ts';
import type { ImportQueue } from '#src/queue/producers.ts';
import { attemptAfter } from '#src/queue/retry.ts';

import type { Change, Listener } from './informer.ts';
import { failedTags, identityOf } from './streams.ts';

export interface ImportControllerOptions {
  readonly queue: Pick<ImportQueue, 'enqueueStreams'>;
  readonly clock: Clock;
  /** How often what is still to be imported is queued again, in milliseconds; default 15,000. */
  readonly againMs?: number;
}

interface Pending {
  readonly job: ImportStreamJob;
  readonly queuedAt: number;
}

const defaultAgainMs = 15_000;

/**
 * Queues an import for every stream with a tag whose intent is newer than what was observed (scheduling.md 2). A job
 * that got lost is queued again: one whose work is done or queued already costs nothing.
 */
export class ImportController implements Listener<ImageStream> {
  readonly #options: ImportControllerOptions;
  readonly #pending = new Map<string, Pending>();

  constructor(options: ImportControllerOptions) {
    this.#options = options;
  }

  /** Streams that wait for an import, as far as is known here. */
  get pending(): number {
    return this.#pending.size;
  }

  relist(): void {
    this.#pending.clear();
  }

  async apply(changes: readonly Change<ImageStream>[]): Promise<void> {
    const { queue, clock } = this.#options;
    const now = clock.now();
    const jobs = new Map<string, ImportStreamJob>();
    for (const { type, object } of changes) {
      const key = keyOf(object);
      const job = type === 'deleted' ? undefined : jobOf(object);
      if (job === undefined) {
        this.#pending.delete(key);
        jobs.delete(key);
        const again = type === 'listed' ? retryOf(object, now) : undefined;
        if (again !== undefined) jobs.set(key, again);
      } else {
        this.#pending.set(key, { job, queuedAt: now });
        jobs.set(key, job);
      }
    }
    await queue.enqueueStreams([...jobs.values()]);
  }

  /** Queues again what has waited for long, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, clock, againMs = defaultAgainMs } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(againMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const now = clock.now();
      const waiting = [...this.#pending].filter(([, { queuedAt }]) => queuedAt <= now - againMs);
      for (const [key, { job }] of waiting) this.#pending.set(key, { job, queuedAt: now });
      await queue.enqueueStreams(waiting.map(([, { job }]) => job));
    }
  }
}

function keyOf({ metadata: { namespace = '', name = '' } }: ImageStream): string {
  return `${namespace}/${name}`;
}

function jobOf(stream: ImageStream): ImportStreamJob | undefined {
  if (!streamNeedsImport(stream)) return undefined;
  return { ...identityOf(stream), generation: stream.metadata.generation ?? 0 };
}

/** The attempt that a queue which was emptied would have made next, for tags that failed a short while ago. */
function retryOf(stream: ImageStream, now: number): ImportStreamJob | undefined {
  const failed = failedTags(stream, 'InternalError').map(({ name, since }) => ({
    name,
    attempt: attemptAfter(now - Date.parse(since)),
  }));
  const open = failed.flatMap(({ name, attempt }) =>
    attempt === undefined ? [] : [{ name, attempt }],
  );
  if (open.length === 0) return undefined;
  return {
    ...identityOf(stream),
    generation: stream.metadata.generation ?? 0,
    tags: open.map(({ name }) => name),
    attempt: Math.max(...open.map(({ attempt }) => attempt)),
  };
}
