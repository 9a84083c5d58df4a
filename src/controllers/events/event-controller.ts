import { streamEvents } from '#src/domain/stream-events.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { Objects } from '#src/store/objects.ts';
import { StoreError } from '#src/store/store.ts';

import { streamsOf } from '../streams.ts';
import type { EventRecorder } from './event-recorder.ts';

export interface EventControllerOptions {
  readonly objects: Objects;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly logger: Logger;
}

/**
 * Follows the writes of streams and tells of them in Events. It goes on where it stopped when it leads again; what the
 * log has forgotten by then is not told.
 */
export class EventController {
  readonly #options: EventControllerOptions;
  #from: number | undefined;

  constructor(options: EventControllerOptions) {
    this.#options = options;
  }

  /** What is written from now on is told of, however long it takes until `run`. */
  async begin(): Promise<void> {
    this.#from ??= await this.#options.objects.currentRevision();
  }

  /** Runs until the signal is aborted. @throws {StoreError} `Unavailable`; then it can be run again */
  async run(signal: AbortSignal): Promise<void> {
    await this.begin();
    try {
      const watched = { from: this.#from ?? 0, ranges: [streamsOf()], signal };
      for await (const { revision, events } of this.#options.objects.watch<ImageStream>(watched)) {
        for (const { type, object, previous } of events)
          if (type !== 'delete') await this.#tell(previous, object);
        this.#from = revision;
      }
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'Unavailable') throw error;
      this.#options.logger.warn('some events are not told', { error });
      this.#from = undefined;
    }
  }

  async #tell(previous: ImageStream | undefined, stream: ImageStream): Promise<void> {
    const events = streamEvents(previous, stream);
    if (events.length > 0) await this.#options.recorder.record(stream, events);
  }
}
