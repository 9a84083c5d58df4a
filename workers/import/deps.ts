import type { ImportMode } from '#src/domain/types.ts';
import type { Importer } from '#src/importer/importer.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { ImportQueue } from '#src/queue/producers.ts';
import type { Ledger } from '#src/store/ledger.ts';
import type { Mailbox } from '#src/store/mailbox.ts';
import type { Objects } from '#src/store/objects.ts';

import type { ImportRecorder } from './recorder.ts';

/** What is counted of the work; see `/metrics`. */
export interface ImportMetrics {
  /** @param reason why it failed, absent when it did not */
  imported(tag: {
    readonly registry: string;
    readonly scheduled: boolean;
    readonly reason?: string;
  }): void;
  checked(outcome: 'unchanged' | 'changed' | 'failed' | 'postponed', registry: string): void;
  /** Milliseconds that a check came after its turn. */
  late(ms: number): void;
  /** Milliseconds from the wish (the job was added) to the record. */
  finished(kind: 'stream' | 'request' | 'check', ms: number): void;
}

/** What imports and checks are made from. */
export interface ImportDeps {
  readonly objects: Objects;
  readonly mailbox: Mailbox;
  readonly ledger: Ledger;
  readonly importer: Importer;
  readonly recorder: ImportRecorder;
  readonly queue: Pick<ImportQueue, 'enqueueStream'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ImportMetrics;
  /** What all processes know of registries; absent where nobody shares it. */
  readonly registries?: { flush(): Promise<void> };
  /** Tags that the import of a whole repository takes: -1 is all, 50 when absent. */
  readonly maxImagesPerRepository?: number;
  /** Of whole repositories that streams name; `Legacy` when absent. */
  readonly importMode?: ImportMode;
}
