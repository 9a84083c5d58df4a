/**
 * `npm run chaos -- [--seconds N] [--seed N]`: tags move and people work while everything is killed in turn; afterwards
 * every stream must be right and every process must stop in time. The last line is one JSON object; exit 1 when
 * something is wrong.
 */
import { parseArgs } from 'node:util';

import { faults } from './faults.ts';
import { Load } from './load.ts';
import { broken, converged } from './verdict.ts';
import { World } from './world.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '90' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    streams: { type: 'string', default: '12' },
    tags: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
});
const seconds = Number(values.seconds);
const healWithinMs = 120_000;

/** The same faults in the same order for the same seed (mulberry32). */
function picker(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function main(): Promise<number> {
  const pick = picker(Number(values.seed));
  say(`seed ${values.seed}`);
  await using world = await World.start();
  const load = new Load(world, picker(Number(values.seed) + 1));
  await load.prepare(Number(values.streams), Number(values.tags));
  say(`${load.followed.length} scheduled tags; faults for ${seconds} s`);
  const working = new AbortController();
  const work = [load.moveTags(working.signal), load.edit(working.signal)];
  const chosen = faults.filter(({ name }) => name.includes(values.only));
  const counts: Record<string, number> = {};
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end) {
    const fault = chosen[pick(chosen.length)];
    if (fault === undefined) break;
    say(fault.name);
    counts[fault.name] = (counts[fault.name] ?? 0) + 1;
    await fault.run(world, pick);
  }
  working.abort();
  await Promise.all(work);
  say('everything is well again; waiting for the streams');
  const healing = Date.now();
  const open = await converged(load, healWithinMs);
  const healedMs = Date.now() - healing;
  const problems = [...open, ...(await broken(load))];
  const exits = await world.stop();
  if (exits.some((code) => code !== 0)) problems.push(`exit codes ${exits.join(', ')}`);
  for (const problem of problems) say(`WRONG: ${problem}`);
  if (problems.length > 0) say(world.logs().split('\n').slice(-60).join('\n'));
  const { moved, edited, refused } = load;
  const result = { seed: Number(values.seed), seconds, moved, edited, refused, healedMs };
  const verdict = { chaos: problems.length === 0 ? 'passed' : 'failed', ...result };
  process.stdout.write(
    `${JSON.stringify({ ...verdict, problems: problems.length, faults: counts })}\n`,
  );
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = await main();
