/**
 * The image API over TLS: one server process with its embedded PostgreSQL, 500 streams of 5 KB, keep-alive connections, the
 * client on the same machine. The bounds are what openshift-apiserver with etcd reached on two cores; imports: twice that.
 * Everything is done once to warm up and then in rounds, each in a namespace of its own; a figure is the median of them.
 */
import { distinctPlacements } from '#fixtures/many.ts';
import { seedRegistry } from '#fixtures/push.ts';
import { startServer } from '#test/support/server.ts';
import { startRegistry } from '#test/support/services/registry.ts';

import { apiSteps, type Step } from './support/api-steps.ts';
import {
  judged,
  missedLimits,
  type BenchContext,
  type BenchResult,
  type Limit,
} from './support/bench.ts';
import { Load, type LoadFigures } from './support/load.ts';
import {
  cpuOf,
  percentile,
  rounded,
  samplePeak,
  treeMemoryMiB,
  treeUsage,
  type Cpu,
} from './support/measure.ts';

const rounds = 3;

export const description =
  'requests a second of the image API over TLS: get, list, create, tag, mapping, import, watch';

/** @param context.args names of steps; all of them when there are none */
export async function run(context: BenchContext): Promise<BenchResult> {
  await using stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry());
  await seedRegistry(registry.url, { images: distinctPlacements(1, 1) });
  const server = stack.use(await startServer({ args: ['--log-level=warn'] }));
  const load = stack.use(new Load(server, 16));
  const cpuBefore = treeUsage(server.pid)?.cpuSeconds ?? 0;
  const memory = samplePeak(() => treeMemoryMiB(server.pid), 500);
  const started = performance.now();
  const measured = new Map<string, Measured[]>();
  for (let round = 0; round <= rounds; round += 1) {
    const name = round === 0 ? 'warm-up' : `round ${round}`;
    const namespace = `bench-${round}`;
    const path = '/api/v1/namespaces';
    await load.send({ method: 'POST', path, body: { metadata: { name: namespace } } });
    for (const step of apiSteps({ server, registry, load, namespace, round })) {
      if (!isWanted(step, context.args)) continue;
      const figures = await measure(step, server.pid);
      context.progress(`${name}: ${sentence(step.name, figures)}`);
      if (round > 0) measured.set(step.name, [...(measured.get(step.name) ?? []), figures]);
    }
  }
  const seconds = (performance.now() - started) / 1000;
  const peakRssMiB = memory();
  const figures = Object.fromEntries([...measured].map(([name, all]) => [name, median(all)]));
  const bounds = limits(figures, peakRssMiB);
  return {
    items: measured.size,
    seconds,
    cpuSeconds: (treeUsage(server.pid)?.cpuSeconds ?? 0) - cpuBefore,
    peakRssMiB,
    details: figures,
    targets: judged(bounds),
    missed: missedLimits(bounds),
  };
}

/** What a step came to, and what it took of the processors: milliseconds for each thing that was done. */
interface Measured extends LoadFigures {
  readonly cpuMs: Cpu;
}

function isWanted({ name, isNeeded }: Step, wanted: readonly string[]): boolean {
  return isNeeded === true || wanted.length === 0 || wanted.includes(name);
}

async function measure(step: Step, server: number): Promise<Measured> {
  const before = cpuOf(server);
  const figures = await step.run();
  const after = cpuOf(server);
  const each = (part: keyof Cpu): number =>
    rounded(((after[part] - before[part]) * 1000) / figures.count, 3);
  return {
    ...figures,
    cpuMs: { server: each('server'), database: each('database'), client: each('client') },
  };
}

function sentence(name: string, { perSecond, p50Ms, p99Ms, cpuMs }: Measured): string {
  const times = `${rounded(perSecond)}/s, p50 ${rounded(p50Ms)} ms, p99 ${rounded(p99Ms)} ms`;
  return `${name} ${times}; processor ${cpuMs.server} + ${cpuMs.database} + ${cpuMs.client} ms`;
}

function median(all: readonly Measured[]): Measured {
  const of = (read: (figures: Measured) => number): number =>
    rounded(percentile(all.map(read), 0.5), 3);
  return {
    count: of(({ count }) => count),
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    cpuMs: {
      server: of(({ cpuMs }) => cpuMs.server),
      database: of(({ cpuMs }) => cpuMs.database),
      client: of(({ cpuMs }) => cpuMs.client),
    },
  };
}

/** Each bound with the figure that it is for; steps that were not asked for have none. */
function limits(figures: Readonly<Record<string, LoadFigures>>, memoryMiB: number): Limit[] {
  const atLeast = { get: 1820, list: 34, create: 645, tag: 390, mapping: 500, import: 252 };
  const { get, watch } = figures;
  return [
    ...Object.entries(atLeast).flatMap(([name, bound]) => {
      const value = figures[name]?.perSecond;
      return value === undefined ? [] : [{ name: `${name} a second`, value, atLeast: bound }];
    }),
    ...(get === undefined ? [] : [{ name: 'get p99 ms', value: get.p99Ms, atMost: 25 }]),
    ...(watch === undefined
      ? []
      : [
          { name: 'watch p50 ms', value: watch.p50Ms, atMost: 1.8 },
          { name: 'watch p99 ms', value: watch.p99Ms, atMost: 6.7 },
        ]),
    { name: 'memory MiB', value: rounded(memoryMiB), atMost: 710 },
  ];
}
