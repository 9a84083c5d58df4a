import type { ImageStream } from '#src/domain/types.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { ImportQueue, ScheduleQueue } from '#src/queue/producers.ts';
import type { Leader } from '#src/store/leader.ts';
import type { Ledger } from '#src/store/ledger.ts';
import type { Mailbox } from '#src/store/mailbox.ts';
import type { Objects } from '#src/store/objects.ts';
import type { Range } from '#src/store/store.ts';

import { ImportController } from './import-controller.ts';
import { Informer, type Listener } from './informer.ts';
import { NamespaceController } from './namespace-controller.ts';
import { QueueWatchdog } from './queue-watchdog.ts';
import { ScheduleController } from './schedule-controller.ts';
import { SecretController } from './secret-controller.ts';
import { streamsOf } from './streams.ts';

export interface ControllersOptions {
  readonly objects: Objects;
  readonly ledger: Ledger;
  readonly mailbox: Mailbox;
  readonly leader: Leader;
  readonly imports: ImportQueue;
  readonly schedule: ScheduleQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two checks of a scheduled tag. */
  readonly periodMs: number;
  /** Every stored resource with a namespace, group-qualified. */
  readonly namespacedResources: readonly string[];
}

/**
 * Runs every controller while this process leads, until the signal is aborted. They may run in several processes: of
 * these one leads, and another takes over within seconds.
 */
export async function runControllers(
  options: ControllersOptions,
  signal: AbortSignal,
): Promise<void> {
  await options.leader.withLeadership('controllers', signal, (term) => runTerm(options, term));
}

async function runTerm(options: ControllersOptions, signal: AbortSignal): Promise<void> {
  const { objects, ledger, mailbox, imports, schedule, clock, logger, periodMs } = options;
  function informer<T extends KubeObject>(range: Range, listener: Listener<T>): Informer<T> {
    return new Informer({ objects, range, listener, clock, logger });
  }
  const importing = new ImportController({ queue: imports, clock });
  const scheduling = new ScheduleController({ ledger, clock, periodMs });
  const secrets = new SecretController({ objects, queue: imports });
  const namespaces = new NamespaceController({
    objects,
    clock,
    resources: options.namespacedResources,
  });
  const importInformer = informer<ImageStream>(streamsOf(), importing);
  const watchdog = new QueueWatchdog({
    imports,
    schedule,
    mailbox,
    clock,
    logger,
    periodMs,
    onLost: () => importInformer.relist(),
  });
  const steady = { clock, logger, signal };
  await Promise.all([
    importInformer.run(signal),
    informer<ImageStream>(streamsOf(), scheduling).run(signal),
    informer({ resource: 'secrets' }, secrets).run(signal),
    informer({ resource: 'namespaces' }, namespaces).run(signal),
    steadily('imports', steady, () => importing.run(signal)),
    steadily('namespaces', steady, () => namespaces.run(signal)),
    steadily('queue', steady, () => watchdog.run(signal)),
  ]);
}

/** Runs a loop again after it failed: a database that was away must not end a controller. */
async function steadily(
  controller: string,
  { clock, logger, signal }: { clock: Clock; logger: Logger; signal: AbortSignal },
  run: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await run();
    } catch (error) {
      if (signal.aborted) return;
      logger.warn('controller tries again', { controller, error });
      await clock.sleep(1_000, signal).catch(() => undefined);
    }
  }
}
