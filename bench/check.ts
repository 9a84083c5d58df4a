/**
 * 1,000 unchanged scheduled tags in 200 repositories on a registry that is 20 ms away and wants bearer tokens: what a
 * period of the schedule costs, once with nothing known (cold) and once more (warm).
 */
import { createImporter } from '#src/importer/create-importer.ts';
import type { CheckItem, Importer } from '#src/importer/importer.ts';
import { rfc3339, systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { registryClient } from '#workers/assembly/registry-client.ts';
import { readConfig } from '#workers/config.ts';

import { missedLimits, type BenchContext, type BenchResult } from './support/bench.ts';
import {
  startLatencyRegistry,
  type LatencyRegistry,
  type RegistryCounts,
} from './support/latency-registry.ts';
import { measureSelf, percentile, rounded, type Usage } from './support/measure.ts';

const repositories = 200;
const tagsEach = 5;
const latencyMs = 20;
/** As many repositories as a worker looks at side by side. */
const inFlight = 8;

export const description =
  '1,000 unchanged scheduled tags in 200 repositories, 20 ms away, with bearer tokens, cold and warm';

export async function run(context: BenchContext): Promise<BenchResult> {
  await using registry = await startLatencyRegistry({ repositories, tagsEach, latencyMs });
  const client = await registryClient(readConfig([], {}), silentLogger);
  const importer = createImporter({ client, logger: silentLogger, clock: systemClock });
  try {
    const cold = await checkAll(importer, registry);
    context.progress(`cold: ${sentence(cold)}`);
    const warm = await checkAll(importer, registry);
    context.progress(`warm: ${sentence(warm)}`);
    return resultOf(cold, warm);
  } finally {
    await importer.close();
  }
}

interface Round extends Usage {
  readonly counts: RegistryCounts;
  /** How long each repository took. */
  readonly latenciesMs: readonly number[];
}

async function checkAll(importer: Importer, registry: LatencyRegistry): Promise<Round> {
  const jobs = jobsOf(registry);
  const latenciesMs: number[] = [];
  const waiting = jobs.values();
  const stop = measureSelf();
  const workers = Array.from({ length: inFlight }, async () => {
    for (const items of waiting) {
      const started = performance.now();
      const outcomes = await importer.check(items, {
        secrets: [],
        now: rfc3339(Date.now()),
        signal: AbortSignal.timeout(60_000),
      });
      latenciesMs.push(performance.now() - started);
      const other = outcomes.find(({ kind }) => kind !== 'unchanged');
      if (other !== undefined) throw new Error(`a tag was not unchanged: ${JSON.stringify(other)}`);
    }
  });
  await Promise.all(workers);
  return { ...stop(), counts: await registry.takeCounts(), latenciesMs };
}

/** One job a repository, as the schedule makes them. */
function jobsOf(registry: LatencyRegistry): CheckItem[][] {
  const byRepository = Map.groupBy(registry.tags, ({ pullSpec }) =>
    pullSpec.slice(0, pullSpec.lastIndexOf(':')),
  );
  return [...byRepository.values()].map((tags) =>
    tags.map(({ pullSpec, digest }) => ({
      from: pullSpec,
      importPolicy: { insecure: true, scheduled: true },
      known: digest,
    })),
  );
}

function sentence({ counts, seconds }: Round): string {
  const { requests, tokens, challenges, heads, gets, socketsPeak } = counts;
  return (
    `${requests} requests (${heads} HEAD, ${gets} GET, ${tokens} tokens, ${challenges} challenges), ` +
    `${socketsPeak} sockets, ${rounded(seconds)} s`
  );
}

function resultOf(cold: Round, warm: Round): BenchResult {
  const sockets = Math.max(cold.counts.socketsPeak, warm.counts.socketsPeak);
  return {
    items: repositories * tagsEach,
    requests: cold.counts.requests,
    sockets,
    seconds: cold.seconds,
    cpuSeconds: cold.cpuSeconds,
    peakRssMiB: warm.peakRssMiB,
    p50Ms: percentile(cold.latenciesMs, 0.5),
    p99Ms: percentile(cold.latenciesMs, 0.99),
    details: {
      warmRequests: warm.counts.requests,
      warmSeconds: rounded(warm.seconds, 3),
      warmCpuSeconds: rounded(warm.cpuSeconds),
      warmP99Ms: rounded(percentile(warm.latenciesMs, 0.99)),
    },
    missed: missedLimits([
      { name: 'cold requests', value: cold.counts.requests, atMost: 1_250 },
      { name: 'warm requests', value: warm.counts.requests, atMost: 1_020 },
      { name: 'sockets', value: sockets, atMost: 32 },
      { name: 'cold seconds', value: rounded(cold.seconds, 3), atMost: 3 },
      { name: 'warm seconds', value: rounded(warm.seconds, 3), atMost: 3 },
      { name: 'peak RSS in MiB', value: rounded(warm.peakRssMiB), atMost: 150 },
    ]),
  };
}
