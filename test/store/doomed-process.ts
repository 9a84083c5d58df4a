/**
 * A process with an embedded server that writes as fast as it can, says which writes were acknowledged and which events
 * its watch delivered, and is killed at any moment. `node doomed-process.ts DATA_DIR ROUND CURSOR`
 */
import { silentLogger } from '#src/lib/logger.ts';
import { startEmbeddedServer } from '#src/store/embedded/server.ts';
import { openRecord } from '#src/store/open.ts';

/** What it says, one message after another. */
export type Message =
  | { readonly postmaster: number }
  | { readonly acknowledged: number; readonly name: string; readonly body: string }
  | { readonly delivered: readonly number[] };

const [dataDir = '', round = '0', cursor = '0'] = process.argv.slice(2);
const server = await startEmbeddedServer({ dataDir, logger: silentLogger });
const record = await openRecord({ connection: server.connection, logger: silentLogger });
say({ postmaster: server.pid });
await Promise.all([watch(), ...Array.from({ length: 8 }, (_, i) => write(i))]);

async function watch(): Promise<void> {
  const signal = new AbortController().signal;
  for await (const { events } of record.store.watch({ from: Number(cursor), signal }))
    if (events.length > 0) say({ delivered: events.map(({ revision }) => revision) });
}

async function write(writer: number): Promise<void> {
  const key = { resource: 'things', namespace: 'shop', name: `r${round}-w${writer}` };
  let { revision } = await record.store.create(key, 'first');
  say({ acknowledged: revision, name: key.name, body: 'first' });
  for (let i = 0; ; i += 1) {
    const body = `${i}-${'x'.repeat(1000)}`;
    ({ revision } = await record.store.update(key, body, revision));
    say({ acknowledged: revision, name: key.name, body });
  }
}

function say(message: Message): void {
  process.send?.(message);
}
