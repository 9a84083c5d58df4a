/**
 * 200 passes of the schedule over 300 tags in one process, with its real queue, database, client and a registry beside it:
 * the heap after a full collection, pass by pass. Ten tags move in each pass (at first sixty), so that imports are among it.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { identityOf } from '#src/controllers/streams.ts';
import { scheduleOf } from '#src/domain/schedule.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { openQueues } from '#src/queue/queues.ts';
import { ensureNamespace } from '#src/resources/namespaces/phase.ts';
import type { LedgerKey } from '#src/store/ledger.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { externalTag, imageStream, streamKeyOf } from '#test/controllers/support/streams.ts';
import { startTestDatabase } from '#test/support/postgres.ts';
import { startWorkers } from '#workers/assembly/workers.ts';
import { readConfig } from '#workers/config.ts';
import { createMetrics } from '#workers/metrics.ts';
import { tick } from '#workers/schedule/tick.ts';

import { missedLimits, type BenchContext, type BenchResult } from './support/bench.ts';
import { measureSelf, rounded } from './support/measure.ts';
import { startMovingRegistry, type MovingRegistry } from './support/moving-registry.ts';

const passes = 200;
const repositories = 30;
const tagsEach = 10;
const movesEach = 10;
/** The first passes fill what is kept of a fixed size (the newest 2,000 events) and compile what runs often. */
const warmPasses = 70;
const warmMovesEach = 60;
const periodMs = 3_600_000;
const namespace = 'default';

export const description = 'the heap after each of 200 passes of the schedule over 300 tags';

export async function run(context: BenchContext): Promise<BenchResult> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await using stack = new AsyncDisposableStack();
  const images = Array.from({ length: repositories * tagsEach }, (_, index) => ({
    repository: `made/r${index % repositories}`,
    tags: [`t${Math.floor(index / repositories)}`],
  }));
  const registry = stack.use(await startMovingRegistry({ latencyMs: 0, periodMs: 0, images }));
  const { connection } = stack.use(await startTestDatabase());
  const record = stack.use(
    await openRecord({ connection, logger: silentLogger, cacheReads: false }),
  );
  const keys = await fill(record, registry);
  const queues = stack.use(
    await openQueues({ place: { database: connection }, logger: silentLogger }),
  );
  const metrics = createMetrics();
  const config = readConfig(['--workers=8'], {});
  const parts = { config, record, queues, metrics, logger: silentLogger };
  const workers = await startWorkers(parts, ['schedule']);
  stack.defer(() => workers.close());
  stack.defer(() => queues.close());
  const stop = measureSelf();
  const heaps: number[] = [];
  for (let pass = 0; pass < passes; pass += 1) {
    await move(registry, images, pass);
    await onePass(record, queues.schedule, keys);
    collect();
    heaps.push(process.memoryUsage().heapUsed / 1024 / 1024);
    if (pass % 10 === 9)
      context.progress(
        `passes ${pass - 8} to ${pass + 1}: ${heaps
          .slice(-10)
          .map((heap) => rounded(heap))
          .join(' ')} MiB`,
      );
  }
  return resultOf(heaps, stop());
}

function resultOf(
  heaps: readonly number[],
  usage: ReturnType<ReturnType<typeof measureSelf>>,
): BenchResult {
  const warm = median(heaps.slice(warmPasses, warmPasses + 20));
  const last = median(heaps.slice(-20));
  const growth = last - warm;
  return {
    items: passes * repositories * tagsEach,
    ...usage,
    details: {
      passes,
      heapMiB: { first: rounded(heaps[0] ?? 0), warm: rounded(warm), last: rounded(last) },
      growthKiBPerPass: rounded((growth * 1024) / (passes - warmPasses - 20)),
    },
    missed: missedLimits([{ name: 'MiB of growth', value: rounded(growth), atMost: 2 }]),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function move(
  registry: MovingRegistry,
  images: readonly { readonly repository: string; readonly tags: readonly string[] }[],
  pass: number,
): Promise<void> {
  const count = pass < warmPasses ? warmMovesEach : movesEach;
  const chosen = Array.from({ length: count }, (_, index) => {
    const image = images[(pass * count + index) % images.length];
    return { repository: image?.repository ?? '', tag: image?.tags[0] ?? '' };
  });
  await registry.move(chosen, pass);
}

async function onePass(
  { ledger }: RecordDatabase,
  queue: Parameters<typeof tick>[0]['queue'],
  keys: readonly LedgerKey[],
): Promise<void> {
  const before = Math.max(...(await ledger.rows(keys)).map(({ readAt }) => readAt));
  await ledger.hasten(keys, 0);
  await tick({ ledger, queue }, AbortSignal.timeout(60_000));
  for (;;) {
    const rows = await ledger.rows(keys);
    if (rows.every(({ checkedAt = 0 }) => checkedAt >= before)) return;
    await systemClock.sleep(20);
  }
}

async function fill(
  { objects, ledger }: RecordDatabase,
  { host }: MovingRegistry,
): Promise<LedgerKey[]> {
  await ensureNamespace(objects, systemClock, namespace);
  const importPolicy = { importMode: 'Legacy' as const, scheduled: true, insecure: true };
  const streams: ImageStream[] = Array.from({ length: repositories }, (_, repository) => {
    const tags = Array.from({ length: tagsEach }, (_each, tag) =>
      externalTag(`t${tag}`, `${host}/made/r${repository}:t${tag}`, {
        importPolicy,
        generation: null,
      }),
    );
    // Histories are bounded, or they would be what grows.
    const made = imageStream(`r${repository}`, tags, { namespace, imported: true });
    const annotations = { ...made.metadata.annotations, 'sluice.dev/history-entries': '3' };
    return { ...made, metadata: { ...made.metadata, annotations } };
  });
  for (const stream of streams) await objects.create(streamKeyOf(stream), stream);
  const entries = streams.map((stream) => ({
    stream: identityOf(stream),
    tags: scheduleOf(stream, periodMs),
  }));
  await ledger.put(entries);
  return entries.flatMap(({ stream, tags }) => tags.map(({ tag }) => ({ ...stream, tag })));
}
