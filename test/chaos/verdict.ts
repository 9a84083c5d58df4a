import { importCondition, newestEvent, specTag, statusTag } from '#src/domain/history.ts';
import type { ImageStream, TagEvent } from '#src/domain/types.ts';

import type { Followed, Load } from './load.ts';
import { budget, type World } from './world.ts';

/** Waits until every tag is at its upstream's last image and says nothing of failures. Answers what is not. */
export async function converged(load: Load, withinMs: number): Promise<string[]> {
  const deadline = Date.now() + withinMs;
  let open: string[] = ['nothing was looked at'];
  while (open.length > 0 && Date.now() < deadline) {
    open = [];
    for (const [name, followed] of Map.groupBy(load.followed, ({ stream }) => stream)) {
      const stream = await load.stream(name).catch(() => undefined);
      for (const each of followed) open.push(...behind(stream, each, await load.upstream(each)));
    }
    if (open.length > 0)
      await new Promise((resolve) => {
        setTimeout(resolve, 500);
      });
  }
  return open;
}

function behind(
  stream: ImageStream | undefined,
  { stream: name, tag }: Followed,
  upstream: string,
): string[] {
  if (stream === undefined) return [`${name} cannot be read`];
  const newest = newestEvent(stream, tag);
  if (newest?.image !== upstream)
    return [`${name}:${tag} is at ${newest?.image ?? 'nothing'}, upstream at ${upstream}`];
  if (importCondition(statusTag(stream, tag)) !== undefined)
    return [`${name}:${tag} still has a condition`];
  if (newest.generation !== specTag(stream, tag)?.generation)
    return [`${name}:${tag} waits for an import`];
  return [];
}

/** What must hold whatever happened: nothing twice, nothing out of order, nothing without its image. */
export async function broken(load: Load): Promise<string[]> {
  const problems: string[] = [];
  for (const followed of load.followed) {
    const { stream: name, tag, moves } = followed;
    const stream = await load.stream(name);
    const items = stream.status.tags?.find((each) => each.tag === tag)?.items ?? [];
    const wrong = [...outOfOrder(items, moves), ...wrongTimes(items, load.since)];
    problems.push(...wrong.map((problem) => `${name}:${tag} ${problem}`));
    for (const { image } of items)
      if (!(await load.hasImage(image))) problems.push(`${name}:${tag} has no image ${image}`);
  }
  return problems;
}

/** After rounds in which every tag moved once and all was well, their images stand on top of each history, each once. */
export async function missedRounds(load: Load, rounds: number): Promise<string[]> {
  const problems: string[] = [];
  for (const { stream: name, tag, moves } of load.followed) {
    const stream = await load.stream(name);
    const items = stream.status.tags?.find((each) => each.tag === tag)?.items ?? [];
    const newest = items.slice(0, rounds).map(({ image }) => image);
    const expected = moves.slice(-rounds).toReversed();
    if (newest.join() !== expected.join())
      problems.push(
        `${name}:${tag} has ${newest.join(', ')} on top and not ${expected.join(', ')}`,
      );
  }
  return problems;
}

/** A process hears of another's 429 within this time, in milliseconds. */
const hearsMs = 500;
const pauseMs = 1_000;

/**
 * Requests under way at one time, when each of so many workers comes while those before it have all their turns at slow
 * requests: the first has them all, the second half of them, and so on. Workers that share nothing have more.
 */
function mostInFlight(workers: number): number {
  const shares = Array.from({ length: workers }, (_, before) =>
    Math.floor(budget.inFlight / (before + 1)),
  );
  return shares.reduce((sum, share) => sum + share, 0);
}

/** What all workers together asked of the registry, against what they may. */
export function overBudget({ proxy, workers }: World): string[] {
  const problems: string[] = [];
  const inFlight = mostInFlight(workers.length);
  if (proxy.peakInFlight > inFlight)
    problems.push(`${proxy.peakInFlight} requests were in flight, more than ${inFlight}`);
  const times = proxy.requests.map(({ at }) => at);
  const windowMs = 5_000;
  // A burst may come at the window's begin, and a process that starts learns only then who else asks.
  const most = 1.5 * budget.requestsPerSecond * (windowMs / 1_000) + budget.requestsPerSecond;
  for (let first = 0, last = 0; last < times.length; last += 1) {
    while ((times[last] ?? 0) - (times[first] ?? 0) > windowMs) first += 1;
    if (last - first + 1 <= most) continue;
    problems.push(`${last - first + 1} requests came within ${windowMs} ms, more than ${most}`);
    break;
  }
  return [...problems, ...ignoredPauses(proxy, inFlight)];
}

/**
 * The registry asks for a second of peace with each 429. Whoever was killed or cut off meanwhile finds that out for
 * itself, with what it has under way; whoever does not care asks several times as much.
 */
function ignoredPauses({ requests }: World['proxy'], inFlight: number): string[] {
  let until = 0;
  return requests.flatMap(({ at, status }) => {
    if (status !== 429 || at < until) return [];
    until = at + pauseMs;
    const late = requests.filter((each) => each.at > at + hearsMs && each.at < until).length;
    return late > inFlight ? [`${late} requests came although it had answered 429`] : [];
  });
}

/** Every image was pushed once, so its place in the history must be its place among the moves. */
function outOfOrder(items: readonly TagEvent[], moves: readonly string[]): string[] {
  const problems: string[] = [];
  let before = -1;
  for (const { image } of items.toReversed()) {
    const at = moves.indexOf(image);
    if (at === -1) problems.push(`holds ${image}, which was never pushed`);
    else if (at === before) problems.push(`holds ${image} twice`);
    else if (at < before) problems.push(`holds ${image} after a later one`);
    before = at;
  }
  return problems;
}

/** Times of the record have no parts of a second. */
const roundedMs = 1_000;

/** However far the clocks of workers differ, the newest entry is the youngest, and none is older or younger than the run. */
function wrongTimes(items: readonly TagEvent[], since: number): string[] {
  const times = items.map(({ created }) => Date.parse(created ?? ''));
  return times.flatMap((time, index) => {
    const above = times[index - 1] ?? Date.now() + roundedMs;
    return time >= since - roundedMs && time <= above
      ? []
      : [
          `has an entry of ${items[index]?.created ?? 'no time'} under one of ${items[index - 1]?.created ?? 'now'}`,
        ];
  });
}
