/** `npm run bench -- NAME`: runs one benchmark. Progress goes to standard error; the last line is one JSON object. */
import { availableParallelism } from 'node:os';

import type { Bench, BenchResult } from './support/bench.ts';
import { rounded } from './support/measure.ts';

/** Loaded when it is run, so that no benchmark pays for the memory of another. */
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  api: async () => import('./api.ts'),
  check: async () => import('./check.ts'),
  fuzz: async () => import('./fuzz.ts'),
  import: async () => import('./import.ts'),
  memory: async () => import('./memory.ts'),
  oci: async () => import('./oci.ts'),
  schedule: async () => import('./schedule.ts'),
  store: async () => import('./store.ts'),
  watch: async () => import('./watch.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (load === undefined) {
  process.stderr.write('usage: npm run bench -- NAME\n');
  for (const [each, loadEach] of Object.entries(benches))
    process.stderr.write(`  ${each}  ${(await loadEach()).description}\n`);
  process.exit(2);
}
const bench = await load();
const result = await bench.run({
  args,
  progress: (text) => {
    process.stderr.write(`${text}\n`);
  },
});
for (const { name: what, measured, target, holds } of result.targets ?? [])
  process.stderr.write(`${holds ? 'holds ' : 'MISSED'} ${what} ${measured} (${target})\n`);
process.stdout.write(`${JSON.stringify(report(result))}\n`);

function report({ items, requests, seconds, details, missed, ...others }: BenchResult): object {
  const figures = Object.entries(others).map(([key, value]) => [
    key,
    typeof value === 'number' ? rounded(value) : value,
  ]);
  return {
    bench: name,
    items,
    ...(requests !== undefined && { requests, requestsPerItem: rounded(requests / items, 3) }),
    seconds: rounded(seconds, 3),
    itemsPerSecond: rounded(items / seconds),
    ...Object.fromEntries(figures),
    ...details,
    ...(missed && { missed }),
    node: process.versions.node,
    cores: availableParallelism(),
  };
}
