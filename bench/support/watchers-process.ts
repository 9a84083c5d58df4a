/** Watches in a process of their own; see `watchers.ts`. */
import type { WatchersOptions } from './watchers.ts';
import { nowMs, openWatch } from './watching.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as WatchersOptions;
/** When each watcher had each event, a row for each watcher. */
const arrivals = new Float64Array(options.count * options.events);
let expected = Number.POSITIVE_INFINITY;
let arrived = 0;

function tell(): void {
  if (arrived < expected) return;
  expected = Number.POSITIVE_INFINITY;
  process.send?.('arrived');
}

async function open(watcher: number): Promise<void> {
  const row = arrivals.subarray(watcher * options.events, (watcher + 1) * options.events);
  let seen = 0;
  await openWatch(options, options.path, (events) => {
    row.fill(nowMs(), seen, seen + events);
    seen += events;
    arrived += events;
    tell();
  });
}

/** How long each watcher waited for events that were sent at these times, the first of which is number `from`. */
function waited(from: number, sentAt: readonly number[]): Float64Array {
  const all = new Float64Array(options.count * sentAt.length);
  for (let watcher = 0; watcher < options.count; watcher += 1)
    for (const [index, sent] of sentAt.entries())
      all[watcher * sentAt.length + index] =
        (arrivals[watcher * options.events + from + index] ?? 0) - sent;
  return all;
}

process.on('message', (message: number | { from: number; sentAt: readonly number[] }) => {
  if (typeof message === 'number') {
    expected = message * options.count;
    tell();
  } else process.send?.(waited(message.from, message.sentAt));
});
process.once('disconnect', () => {
  process.exit(0);
});
for (let watcher = 0; watcher < options.count; watcher += 1) await open(watcher);
process.send?.('ready');
