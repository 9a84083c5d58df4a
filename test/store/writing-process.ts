/**
 * A process that writes at random to a few objects and watches everything. Its parent tells it when to stop and up to
 * which revision to watch; then it says what it saw. `node writing-process.ts CONNECTION_AS_JSON SEED WRITERS`
 */
import { createHash } from 'node:crypto';

import type { DatabaseConnection } from '#src/lib/database-connection.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { openRecord } from '#src/store/open.ts';
import { StoreError } from '#src/store/store.ts';

/** What the parent says. */
export type Command = { readonly stopWriting: true } | { readonly watchUntil: number };

/** What a process has to say in the end. */
export interface Sighting {
  readonly events: number;
  readonly outOfSequence: number;
  /** Of all events in the order they came. */
  readonly hash: string;
  readonly writes: number;
  readonly unavailable: number;
}

const [connection = '{}', seed = '0', writers = '8'] = process.argv.slice(2);
const record = await openRecord({
  connection: JSON.parse(connection) as DatabaseConnection,
  logger: silentLogger,
});
const { store } = record;
const watchEnd = new AbortController();
const seen = createHash('sha256');
let [events, outOfSequence, writes, unavailable, position] = [0, 0, 0, 0, 0];
const orders = { isWriting: true };
let until = Number.POSITIVE_INFINITY;

const watching = watch();
const writing = Array.from({ length: Number(writers) }, (_, i) => write(i));
process.on('message', (command: Command) => {
  if ('stopWriting' in command) orders.isWriting = false;
  else {
    until = command.watchUntil;
    if (position >= until) watchEnd.abort();
  }
});
await Promise.all(writing);
process.send?.('stopped');
await watching;
process.send?.({
  events,
  outOfSequence,
  hash: seen.digest('hex'),
  writes,
  unavailable,
} satisfies Sighting);
await record.close();
process.disconnect();

async function watch(): Promise<void> {
  for await (const batch of store.watch({ from: 0, signal: watchEnd.signal })) {
    for (const { revision, type, key, body, previousBody, previousRevision } of batch.events) {
      if (revision !== events + 1) outOfSequence += 1;
      events += 1;
      seen.update(JSON.stringify([revision, type, key, body, previousBody, previousRevision]));
    }
    position = batch.revision;
    if (position >= until) return;
  }
}

async function write(writer: number): Promise<void> {
  for (let i = 0; orders.isWriting; i += 1) {
    // A quarter of the writes is on objects that all processes write to.
    const name = i % 4 === 0 ? `shared-${i % 10}` : `own-${seed}-${writer}-${i % 7}`;
    const key = { resource: 'things', namespace: 'shop', name };
    const body = `${seed}-${writer}-${i}-${'x'.repeat(2000)}`;
    try {
      const entry = await store.get(key);
      if (entry === undefined) await store.create(key, body);
      else if (i % 5 === 0) await store.delete(key, entry.revision);
      else await store.update(key, body, entry.revision);
      writes += 1;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'Unavailable') unavailable += 1;
    }
  }
}
