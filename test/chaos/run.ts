/** Tags move and people work while everything is killed in turn; afterwards every stream must be right. */
import { faults } from './faults.ts';
import { Load } from './load.ts';
import { broken, converged, missedRounds, overBudget } from './verdict.ts';
import { World, type WorldSize } from './world.ts';

export interface ChaosOptions extends WorldSize {
  readonly seconds: number;
  readonly seed: number;
  readonly streams: number;
  readonly tags: number;
  /** Faults whose names hold this text. */
  readonly only?: string;
  readonly say?: (text: string) => void;
}

export interface ChaosResult {
  readonly problems: readonly string[];
  readonly moved: number;
  readonly edited: number;
  readonly refused: number;
  readonly healedMs: number;
  readonly requests: number;
  readonly faults: Readonly<Record<string, number>>;
}

const healWithinMs = 120_000;
/** Rounds at the end in which every tag moves once and nothing goes wrong. */
const quietRounds = 2;

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

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, say = () => undefined } = options;
  await using world = await World.start(options);
  const load = new Load(world, picker(seed + 1));
  await load.prepare(options.streams, options.tags);
  say(`${load.followed.length} scheduled tags; faults for ${options.seconds} s`);
  const counts = await trouble(options, world, load);
  say('everything is well again; waiting for the streams');
  const healing = Date.now();
  const problems = [...world.fallen];
  if (problems.length === 0) problems.push(...(await converged(load, healWithinMs)));
  const healedMs = Date.now() - healing;
  if (problems.length === 0) problems.push(...(await judged(load)));
  problems.push(...overBudget(world));
  const exits = await world.stop();
  if (exits.some((code) => code !== 0)) problems.push(`exit codes ${exits.join(', ')}`);
  for (const problem of problems) say(`WRONG: ${problem}`);
  if (problems.length > 0) say(world.logs().split('\n').slice(-60).join('\n'));
  const { moved, edited, refused } = load;
  const requests = world.proxy.requests.length;
  return { problems, moved, edited, refused, healedMs, requests, faults: counts };
}

/** What is wrong after rounds in which every tag moves once. */
async function judged(load: Load): Promise<string[]> {
  for (let round = 0; round < quietRounds; round += 1) {
    await load.moveAll();
    const behind = await converged(load, healWithinMs);
    if (behind.length > 0) return behind;
  }
  return [...(await broken(load)), ...(await missedRounds(load, quietRounds))];
}

async function trouble(
  { seconds, seed, only = '', say = () => undefined }: ChaosOptions,
  world: World,
  load: Load,
): Promise<Record<string, number>> {
  const pick = picker(seed);
  const working = new AbortController();
  const work = [load.moveTags(working.signal), load.edit(working.signal)];
  const chosen = faults.filter(
    ({ name, ofRedis }) => name.includes(only) && (ofRedis !== true || world.redis !== undefined),
  );
  const counts: Record<string, number> = {};
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end) {
    const fault = chosen[pick(chosen.length)];
    if (fault === undefined) break;
    say(fault.name);
    counts[fault.name] = (counts[fault.name] ?? 0) + 1;
    await fault.run(world, pick);
    if (world.fallen.length > 0) break;
  }
  working.abort();
  await Promise.all(work);
  return counts;
}
