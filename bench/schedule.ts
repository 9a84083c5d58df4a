/**
 * 10,000 scheduled tags in 500 repositories (Docker's official images, and made ones) on two registries that are 20 ms away
 * and want bearer tokens, one server and two workers: what one period costs in which nothing moves, and whether 100 tags
 * that move are recorded within the next. Once with the queue on Redis and once on PostgreSQL.
 * `npm run bench -- schedule [redis|postgres]` does one of them.
 */
import { officialImages } from '#fixtures/official.ts';
import { rounded } from './support/measure.ts';
import { missedLimits, type BenchContext, type BenchResult } from './support/bench.ts';
import type { MovingRegistry } from './support/moving-registry.ts';
import { startMovingRegistry } from './support/moving-registry.ts';
import { ScheduleWorld, type Costs, type FollowedTag } from './support/schedule-world.ts';

const totalTags = 10_000;
const totalRepositories = 500;
const latencyMs = 20;
const periodSeconds = 40;
const periodMs = periodSeconds * 1000;
const movedTags = 100;

export const description =
  '10,000 scheduled tags in 500 repositories, two workers: a period without moves, then 100 moves';

interface Figures {
  readonly costs: Costs;
  /** Made in one period; a question for a tag that was asked for a moment ago is none. */
  readonly checks: number;
  readonly requests: number;
  readonly heads: number;
  readonly tokens: number;
  readonly challenges: number;
  readonly sockets: number;
  readonly writes: number;
  readonly movedSeconds: number;
}

export async function run(context: BenchContext): Promise<BenchResult> {
  const wanted = (['redis', 'postgres'] as const).filter(
    (queue) => context.args.length === 0 || context.args.includes(queue),
  );
  const found: Partial<Record<(typeof wanted)[number], Figures>> = {};
  for (const queue of wanted) {
    found[queue] = await measure(context, queue);
    context.progress(`${queue}: ${sentence(found[queue])}`);
  }
  const main = found.redis ?? found.postgres;
  if (main === undefined) throw new Error('the queue is redis or postgres');
  return resultOf(main, found);
}

async function measure(context: BenchContext, queue: 'redis' | 'postgres'): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const registries: MovingRegistry[] = [];
  const images = [publicImages(), madeImages()];
  for (const each of images)
    registries.push(stack.use(await startMovingRegistry({ latencyMs, periodMs, images: each })));
  const tags = images.flatMap((each, registry) => tagsOf(each, registries[registry]));
  const world = stack.use(await ScheduleWorld.start({ queue, tags, periodSeconds }));
  context.progress(`${queue}: ${tags.length} tags; a period to get warm`);
  await world.period();
  await world.checkedSince(0);
  const [before, began] = [await world.revision(), Date.now()];
  await Promise.all(registries.map((each) => each.takeCounts()));
  const costs = await world.costsOf(() => world.period());
  const counts = await Promise.all(registries.map((each) => each.takeCounts()));
  await world.checkedSince(began);
  const writes = (await world.revision()) - before;
  const movedSeconds = await move(context, { world, registries, tags, round: 1 });
  const sum = (name: keyof (typeof counts)[number]): number =>
    counts.reduce((total, each) => total + each[name], 0);
  return {
    costs,
    checks: sum('heads') - sum('repeats'),
    requests: sum('requests'),
    heads: sum('heads'),
    tokens: sum('tokens'),
    challenges: sum('challenges'),
    sockets: sum('socketsPeak'),
    writes,
    movedSeconds,
  };
}

/** Seconds until all are recorded. */
async function move(
  context: BenchContext,
  parts: {
    readonly world: ScheduleWorld;
    readonly registries: readonly MovingRegistry[];
    readonly tags: readonly FollowedTag[];
    readonly round: number;
  },
): Promise<number> {
  const { world, registries, tags, round } = parts;
  const started = performance.now();
  const chosen = tags.filter((_, index) => index % Math.floor(tags.length / movedTags) === 0);
  const moved = chosen.slice(0, movedTags);
  const expected = new Map<FollowedTag, string>();
  for (const registry of registries) {
    const own = moved.filter(({ host }) => host === registry.host);
    const digests = await registry.move(own, round);
    for (const [index, tag] of own.entries()) expected.set(tag, digests[index] ?? '');
  }
  const before = await world.revision();
  let lagMs = 0;
  for (;;) {
    lagMs = Math.max(lagMs, await world.lagMs());
    const open = await world.notAt(expected);
    if (open === 0) break;
    const seconds = (performance.now() - started) / 1000;
    if (seconds > 4 * periodSeconds)
      throw new Error(`${open} of ${movedTags} moved tags are not recorded after ${seconds} s`);
    await world.sleep(250);
  }
  const seconds = (performance.now() - started) / 1000;
  const wrong = await world.wrongHistories(expected);
  if (wrong.length > 0) throw new Error(`wrong histories: ${wrong.slice(0, 5).join('; ')}`);
  const writes = (await world.revision()) - before;
  context.progress(
    `${movedTags} moves recorded in ${rounded(seconds)} s by ${writes} writes; the schedule was late by ${rounded(lagMs / 1000)} s at most`,
  );
  return seconds;
}

/** Where several images have a tag in common, the first has it. */
function publicImages(): { repository: string; tags: string[] }[] {
  const taken = new Set<string>();
  return officialImages().flatMap(({ repository, tags }) => {
    const own = tags.filter((tag) => !taken.has(`${repository}:${tag}`));
    for (const tag of own) taken.add(`${repository}:${tag}`);
    return own.length === 0 ? [] : [{ repository, tags: own }];
  });
}

function madeImages(): { repository: string; tags: string[] }[] {
  const official = publicImages();
  const repositories = totalRepositories - new Set(official.map((each) => each.repository)).size;
  const count = totalTags - official.reduce((sum, { tags }) => sum + tags.length, 0);
  return Array.from({ length: count }, (_, index) => ({
    repository: `made/r${String(index % repositories).padStart(3, '0')}`,
    tags: [`t${Math.floor(index / repositories)}`],
  }));
}

function tagsOf(
  images: readonly { readonly repository: string; readonly tags: readonly string[] }[],
  registry: MovingRegistry | undefined,
): FollowedTag[] {
  const { host = '', digests = [] } = registry ?? {};
  return images.flatMap(({ repository, tags }, image) =>
    tags.map((tag) => ({ host, repository, tag, digest: digests[image] ?? '' })),
  );
}

function sentence(figures: Figures): string {
  const { costs, checks, requests, heads, tokens, challenges, sockets, writes, movedSeconds } =
    figures;
  const perTag = Object.entries(costs.cpuSeconds)
    .map(([who, seconds]) => `${who} ${rounded((seconds / figures.checks) * 1000, 3)}`)
    .join(', ');
  return (
    `${checks} checks, ${requests} requests (${heads} HEAD, ${tokens} tokens, ${challenges} challenges), ${sockets} sockets, ` +
    `${writes} writes in ${rounded(costs.seconds)} s; processor ms a tag: ${perTag}; ` +
    `moves in ${rounded(movedSeconds)} s`
  );
}

function cpuOf({ costs }: Figures): number {
  const { redis: _redis, ...counted } = costs.cpuSeconds;
  return Object.values(counted).reduce((sum, seconds) => sum + seconds, 0);
}

function detailsOf(figures: Figures | undefined): object | undefined {
  if (figures === undefined) return undefined;
  const { costs, requests, sockets, writes, movedSeconds, tokens, challenges } = figures;
  return {
    requestsPerTag: rounded(requests / figures.checks, 4),
    tokens,
    challenges,
    sockets,
    writes,
    cpuMsPerTag: rounded((cpuOf(figures) / figures.checks) * 1000, 3),
    cpuSeconds: Object.fromEntries(
      Object.entries(costs.cpuSeconds).map(([who, seconds]) => [who, rounded(seconds)]),
    ),
    movedSeconds: rounded(movedSeconds),
  };
}

function resultOf(
  main: Figures,
  { redis, postgres }: { readonly redis?: Figures; readonly postgres?: Figures },
): BenchResult {
  return {
    items: main.checks,
    requests: main.requests,
    sockets: main.sockets,
    seconds: main.costs.seconds,
    cpuSeconds: cpuOf(main),
    peakRssMiB: main.costs.peakRssMiB,
    details: {
      periodSeconds,
      ...(redis === undefined ? {} : { redis: detailsOf(redis) }),
      ...(postgres === undefined ? {} : { postgres: detailsOf(postgres) }),
    },
    missed: missedLimits([
      { name: 'requests a tag', value: rounded(main.requests / main.checks, 4), atMost: 1.02 },
      { name: 'sockets', value: main.sockets, atMost: 64 },
      { name: 'writes of streams', value: main.writes, atMost: 0 },
      { name: 'CPU ms a tag', value: rounded((cpuOf(main) / main.checks) * 1000, 3), atMost: 1 },
      {
        name: 'seconds to record moves',
        value: rounded(main.movedSeconds),
        atMost: periodSeconds,
      },
    ]),
  };
}
