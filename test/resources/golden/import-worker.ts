/** Does the imports of a test server at once, as workers and the import controller do. */
import { identityOf } from '#src/controllers/streams.ts';
import { streamNeedsImport } from '#src/domain/import-plan.ts';
import { scheduleOf } from '#src/domain/schedule.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { Importer } from '#src/importer/importer.ts';
import { silentLogger } from '#src/lib/logger.ts';
import type { JobContext } from '#src/queue/consumer.ts';
import type { ImportDeps } from '#workers/import/deps.ts';
import { ImportRecorder } from '#workers/import/recorder.ts';
import { importRequested } from '#workers/import/request-job.ts';
import { importStream } from '#workers/import/stream-job.ts';
import { checkTags } from '#workers/schedule/check.ts';
import { checksOf } from '#workers/schedule/tick.ts';

import type { TestApi } from '../support/api.ts';

/** As in the recording. */
const schedulePeriodMs = 30_000;

/** @returns what stands in for the queue: each request is imported as soon as it is announced */
export function importsOf(
  api: () => TestApi,
  importer: Importer,
): { enqueueRequest(id: string): Promise<void> } {
  return {
    async enqueueRequest(id) {
      const work = importRequested(depsOf(api(), importer), id, contextOf(api()));
      void work.catch((error: unknown) => {
        throw error;
      });
    },
  };
}

/** Imports whatever the streams of a server wait for, and whatever they wait for then. */
export async function importPending(api: TestApi, importer: Importer): Promise<void> {
  const range = { resource: 'imagestreams.image.openshift.io' };
  const { items } = await api.record.objects.list<ImageStream>(range);
  for (const stream of items.filter(streamNeedsImport)) {
    const { namespace = '', name = '', uid = '', generation = 0 } = stream.metadata;
    const job = { namespace, name, uid, generation };
    await importStream(depsOf(api, importer), job, contextOf(api));
  }
}

/** A turn of the schedule in which every scheduled tag is due. */
export async function checkScheduled(api: TestApi, importer: Importer): Promise<void> {
  const deps = depsOf(api, importer);
  const range = { resource: 'imagestreams.image.openshift.io' };
  const { items } = await api.record.objects.list<ImageStream>(range);
  for (const stream of items) {
    const tags = scheduleOf(stream, schedulePeriodMs);
    await deps.ledger.put([{ stream: identityOf(stream), tags }]);
    const { namespace, name, uid } = identityOf(stream);
    const due = tags.map((tag) => ({ namespace, name, uid, ...tag }));
    await deps.ledger.hasten(due, 0);
    await deps.ledger.claimDue({ rows: 1000, rowsPerHost: 1000, probeRows: 1000, claimMs: 60_000 });
    for (const check of checksOf(due)) await checkTags(deps, check, contextOf(api));
  }
}

function depsOf({ deps, record }: TestApi, importer: Importer): ImportDeps {
  return {
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
      late: () => undefined,
    },
  };
}

function contextOf({ deps }: TestApi): JobContext {
  return { signal: AbortSignal.timeout(30_000), dueAt: deps.clock.now(), isLastAttempt: true };
}
