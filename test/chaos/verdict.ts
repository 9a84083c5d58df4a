import { importCondition, newestEvent, specTag, statusTag } from '#src/domain/history.ts';
import type { ImageStream, TagEvent } from '#src/domain/types.ts';

import type { Followed, Load } from './load.ts';

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
    problems.push(...outOfOrder(items, moves).map((problem) => `${name}:${tag} ${problem}`));
    for (const { image } of items)
      if (!(await load.hasImage(image))) problems.push(`${name}:${tag} has no image ${image}`);
  }
  return problems;
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
