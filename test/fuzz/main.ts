/**
 * `npm run fuzz -- [--requests N] [--seed N] [--connections N]`: sends bad requests to the server over its real sockets. The
 * last line is one JSON object; exit 1 when an answer was wrong, the server failed by itself, or its memory grew.
 */
import { parseArgs } from 'node:util';

import { fuzz } from './run.ts';
import { startFuzzWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    connections: { type: 'string', default: '16' },
  },
});
/** What the caches of the record may still take in. */
const grownMiB = 48;

async function main(): Promise<number> {
  const started = performance.now();
  const options = {
    seed: Number(values.seed),
    requests: Number(values.requests),
    connections: Number(values.connections),
  };
  process.stderr.write(`seed ${options.seed}\n`);
  await using world = await startFuzzWorld();
  const report = await fuzz(world, {
    ...options,
    onProgress: (done) => process.stderr.write(`${done}\n`),
  });
  const problems = [...report.problems];
  const { early, late } = report.heapMiB;
  if (late > early + grownMiB) problems.push(`the heap grew from ${early} to ${late} MiB`);
  for (const problem of problems) process.stderr.write(`WRONG: ${problem}\n`);
  const { statuses, slowestMs } = report;
  const verdict = { fuzz: problems.length === 0 ? 'passed' : 'failed', ...options, statuses };
  const seconds = Math.round((performance.now() - started) / 1_000);
  process.stdout.write(
    `${JSON.stringify({ ...verdict, heapMiB: report.heapMiB, slowestMs, seconds, problems: problems.length })}\n`,
  );
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = await main();
