import { allowList } from '#src/domain/allowed-registries.ts';
import { allowedImporter } from '#src/importer/allowed-importer.ts';
import { createImporter } from '#src/importer/create-importer.ts';
import type { Importer } from '#src/importer/importer.ts';
import { systemClock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { Queues } from '#src/queue/queues.ts';
import type { RecordDatabase } from '#src/store/open.ts';

import type { Config, QueueName } from '../config.ts';
import type { WorkerAtHand } from '../import/at-hand.ts';
import { ImportRecorder } from '../import/recorder.ts';
import type { ImportDeps, ImportMetrics } from '../import/deps.ts';
import { importHandler } from '../import.ts';
import { scheduleHandler } from '../schedule.ts';
import { registryClient } from './registry-client.ts';
import { resourceSettings } from './resource-settings.ts';

export interface WorkerParts {
  readonly config: Config;
  readonly record: RecordDatabase;
  readonly queues: Queues;
  readonly metrics: ImportMetrics;
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
  const { config, queues, logger } = parts;
  const client = await registryClient(config, logger);
  const importer = createImporter({
    client,
    logger,
    clock: systemClock,
    ...(config.registries !== undefined && { hosts: config.registries }),
  });
  const deps = importDeps(parts, importer);
  // What people ask for is checked before it gets here; streams may name registries from before the list was made.
  const allowed = allowList(config.allowedRegistries, config.registryHostname);
  const background = { ...deps, importer: allowedImporter(importer, allowed) };
  if (names.includes('import')) {
    queues.consumeImports(config.workers, importHandler(deps, background));
    parts.atHand?.open(deps, config.workers);
  }
  if (names.includes('schedule'))
    queues.consumeSchedule(config.workers, scheduleHandler(background, queues.schedule));
  return { close: () => importer.close() };
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
