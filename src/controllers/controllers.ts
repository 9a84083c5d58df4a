import type { Retention } from '#src/domain/retention.ts';
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

import { HistoryController } from './history-controller.ts';
import { EventController } from './events/event-controller.ts';
import { expireEvents } from './events/event-expiry.ts';
import { EventRecorder } from './events/event-recorder.ts';
import { ImportController } from './import-controller.ts';
import { Informer, type Listener } from './informer.ts';
import { NamespaceController } from './namespace-controller.ts';
import { defaultedResources, NamespaceDefaults } from './namespace-defaults.ts';
import { QueueWatchdog } from './queue-watchdog.ts';
import { clusterRolesRange, RoleAggregation } from './role-aggregation.ts';
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
  /** False: nothing is imported that nobody asked for. */
  readonly isAutomatic: boolean;
  /** Milliseconds between two checks of a scheduled tag. */
  readonly periodMs: number;
  /** Every stored resource with a namespace, group-qualified. */
  readonly namespacedResources: readonly string[];
  /** How much history streams keep that do not say it themselves; all of it when absent. */
  readonly retention?: Retention | undefined;
}

/**
 * Runs every controller while this process leads, until the signal is aborted. They may run in several processes: of
 * these one leads, and another takes over within seconds.
 */
export async function runControllers(
  options: ControllersOptions,
  signal: AbortSignal,
): Promise<void> {
  const { objects, clock, logger, leader } = options;
  const recorder = new EventRecorder({ objects, clock });
  const events = new EventController({ objects, recorder, logger });
  await events.begin().catch((error: unknown) => logger.warn('events begin late', { error }));
  await leader.withLeadership('controllers', signal, (term) => runTerm(options, events, term));
}

async function runTerm(
  options: ControllersOptions,
  events: EventController,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([
    runNamespaces(options, signal),
    runAccess(options, signal),
    runHistories(options, signal),
    steadily('events', options, signal, () => events.run(signal)),
    steadily('event expiry', options, signal, () => expireEvents(options, signal)),
    ...(options.isAutomatic ? [runImports(options, signal)] : []),
  ]);
}

async function runNamespaces(options: ControllersOptions, signal: AbortSignal): Promise<void> {
  const { objects, clock, namespacedResources: resources } = options;
  const namespaces = new NamespaceController({ objects, clock, resources });
  await Promise.all([
    informerOf(options, { resource: 'namespaces' }, namespaces).run(signal),
    steadily('namespaces', options, signal, () => namespaces.run(signal)),
  ]);
}

/** Who may do what, and as whom. */
async function runAccess(options: ControllersOptions, signal: AbortSignal): Promise<void> {
  const { objects, clock } = options;
  const defaults = new NamespaceDefaults(objects, clock);
  await Promise.all([
    informerOf(options, clusterRolesRange, new RoleAggregation(objects)).run(signal),
    informerOf(options, { resource: 'namespaces' }, defaults.namespaces).run(signal),
    ...defaultedResources.map((resource) =>
      informerOf(options, { resource }, defaults.deletions(resource)).run(signal),
    ),
  ]);
}

async function runHistories(options: ControllersOptions, signal: AbortSignal): Promise<void> {
  const histories = new HistoryController(options);
  await steadily('histories', options, signal, () => histories.run(signal));
}

async function runImports(options: ControllersOptions, signal: AbortSignal): Promise<void> {
  const { objects, ledger, mailbox, imports, schedule, clock, logger, periodMs } = options;
  const importing = new ImportController({ queue: imports, clock });
  const scheduling = new ScheduleController({ objects, ledger, periodMs });
  const secrets = new SecretController({ objects, queue: imports });
  const importInformer = informerOf<ImageStream>(options, streamsOf(), importing);
  const watchdog = new QueueWatchdog({
    imports,
    schedule,
    mailbox,
    ledger,
    clock,
    logger,
    periodMs,
    onLost: () => importInformer.relist(),
  });
  await Promise.all([
    importInformer.run(signal),
    informerOf<ImageStream>(options, streamsOf(), scheduling).run(signal),
    informerOf(options, { resource: 'namespaces' }, scheduling.ofNamespaces).run(signal),
    informerOf(options, { resource: 'secrets' }, secrets).run(signal),
    steadily('imports', options, signal, () => importing.run(signal)),
    steadily('queue', options, signal, () => watchdog.run(signal)),
  ]);
}

function informerOf<T extends KubeObject>(
  { objects, clock, logger }: ControllersOptions,
  range: Range,
  listener: Listener<T>,
): Informer<T> {
  return new Informer({ objects, range, listener, clock, logger });
}

/** Runs a loop again after it failed: a database that was away must not end a controller. */
async function steadily(
  controller: string,
  { clock, logger }: ControllersOptions,
  signal: AbortSignal,
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
