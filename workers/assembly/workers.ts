import { randomUUID } from 'node:crypto';

import { allowList } from '#src/domain/allowed-registries.ts';
import { allowedImporter } from '#src/importer/allowed-importer.ts';
import { createImporter } from '#src/importer/create-importer.ts';
import type { Importer } from '#src/importer/importer.ts';
import { createSharedContent } from '#src/importer/shared-content.ts';
import { systemClock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { Queues } from '#src/queue/queues.ts';
import type { RecordDatabase } from '#src/store/open.ts';

import type { Config, QueueName } from '../config.ts';
import type { WorkerAtHand } from '../import/at-hand.ts';
import { ImportRecorder } from '../import/recorder.ts';
import type { ImportDeps, ImportMetrics } from '../import/deps.ts';
import type { Metrics } from '../metrics.ts';
import { importHandler } from '../import.ts';
import { scheduleHandler } from '../schedule.ts';
import { RegistryBudget } from '../registry-budget.ts';
import { limitsOf, registryClient } from './registry-client.ts';
import { resourceSettings } from './resource-settings.ts';

export interface WorkerParts {
  readonly config: Config;
  readonly record: RecordDatabase;
  readonly queues: Queues;
  readonly metrics: Pick<Metrics, keyof ImportMetrics | 'observe'>;
  readonly logger: Logger;
  /** Opened for whoever asks for imports in this process. */
  readonly atHand?: WorkerAtHand;
}

/** Imports and checks that this process does. The jobs are the queues' to close, the connections are closed here. */
export interface Workers {
  close(): Promise<void>;
}

/** Takes jobs from the named queues: `config.workers` imports at one time, and as many checks of repositories. */
export async function startWorkers(
  parts: WorkerParts,
  names: readonly QueueName[],
): Promise<Workers> {
  const { config, record, queues, metrics, logger } = parts;
  const budget = await RegistryBudget.open({
    registries: record.registries,
    process: randomUUID(),
    limitsOf: (host) => limitsOf(config, host),
    logger,
  });
  const client = await registryClient(config, logger, { budget, observe: metrics.observe });
  const importer = createImporter({
    client,
    logger,
    clock: systemClock,
    cache: createSharedContent(record.contents),
    isLeftAlone: (host) => budget.isLeftAlone(host),
    onStranger: (host) => budget.strangerAt(host),
    ...(config.registries !== undefined && { hosts: config.registries }),
  });
  const deps = { ...importDeps(parts, importer), registries: budget };
  // What people ask for is checked before it gets here; streams may name registries from before the list was made.
  const allowed = allowList(config.allowedRegistries, config.registryHostname);
  const background = { ...deps, importer: allowedImporter(importer, allowed) };
  if (names.includes('import')) {
    queues.consumeImports(config.workers, importHandler(deps, background));
    parts.atHand?.open(deps, config.workers);
  }
  if (names.includes('schedule'))
    queues.consumeSchedule(config.workers, scheduleHandler(background, queues.schedule));
  return {
    async close() {
      await importer.close();
      await budget[Symbol.asyncDispose]();
    },
  };
}

function importDeps(parts: WorkerParts, importer: Importer): ImportDeps {
  const { config, record, queues, metrics, logger } = parts;
  const { objects, mailbox, ledger } = record;
  const clock = systemClock;
  const recorder = new ImportRecorder({
    objects,
    mailbox,
    importQueue: queues.imports,
    clock,
    logger,
    ...resourceSettings(config),
  });
  return {
    objects,
    mailbox,
    ledger,
    importer,
    recorder,
    queue: queues.imports,
    clock,
    logger,
    metrics,
    maxImagesPerRepository: config.maxImagesPerRepository,
    importMode: config.importMode,
  };
}
