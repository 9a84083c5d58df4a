/** Does the import requests of a test server at once, as a worker does. */
import { silentLogger } from '#src/lib/logger.ts';
import type { Importer } from '#src/importer/importer.ts';
import { ImportRecorder } from '#workers/import/recorder.ts';
import { importRequested } from '#workers/import/request-job.ts';

import type { TestApi } from '../support/api.ts';

/** @returns what stands in for the queue: each request is imported as soon as it is announced */
export function importsOf(
  api: () => TestApi,
  importer: Importer,
): { enqueueRequest(id: string): Promise<void> } {
  return {
    async enqueueRequest(id) {
      const { deps, record } = api();
      const work = importRequested(
        {
          objects: deps.objects,
          mailbox: deps.mailbox,
          ledger: record.ledger,
          importer,
          recorder: new ImportRecorder(deps),
          queue: { enqueueStream: async () => undefined },
          clock: deps.clock,
          logger: silentLogger,
          metrics: {
            imported: () => undefined,
            checked: () => undefined,
            finished: () => undefined,
          },
        },
        id,
        { signal: AbortSignal.timeout(30_000), dueAt: deps.clock.now(), isLastAttempt: true },
      );
      void work.catch((error: unknown) => {
        throw error;
      });
    },
  };
}
