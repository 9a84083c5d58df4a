import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { ApiClient, type ApiAnswer, type WatchEvent } from '#test/support/api-client.ts';
import { startServer, type Server } from '#test/support/server.ts';
import { tempDir } from '#test/support/temp-dir.ts';

const path = '/api/v1/namespaces/default/configmaps';
const [watchers, writers, rounds] = [200, 16, 18];
const lastName = 'the-last-write';

/** Where the server is now; both change when it is restarted. */
interface Place {
  server: Server;
  client: ApiClient;
}

/** What one watcher knows after every event so far. */
interface Seen {
  readonly objects: Map<string, unknown>;
  readonly versions: number[];
  connections: number;
}

/** Repeats a request that nobody answered, and one that a stopping server turned away. */
async function answered(send: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  for (;;) {
    const answer = await send().catch(() => undefined);
    if (answer !== undefined && answer.status < 500 && answer.status !== 429) return answer;
    await delay(50);
  }
}

async function write(place: Place, writer: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const name = `w${writer}-${round % 4}`;
    const metadata = { name, labels: { round: String(round) } };
    const { status } = await answered(() => place.client.post(path, { metadata }));
    if (status !== 409) continue;
    // A name that is taken is changed in one round and freed in the other.
    await answered(() =>
      round % 3 === 0
        ? place.client.delete(`${path}/${name}`)
        : place.client.patch(`${path}/${name}`, { metadata }),
    );
  }
}

function take(seen: Seen, { type, object }: WatchEvent): void {
  expect(type).toMatch(/^(?:ADDED|MODIFIED|DELETED)$/u);
  seen.versions.push(Number(object.metadata.resourceVersion));
  if (type === 'DELETED') seen.objects.delete(object.metadata.name);
  else seen.objects.set(object.metadata.name, object);
}

/** Watches until the last write, cutting its connection after every `cutAfter` events and going on from the last version. */
async function follow(place: Place, from: number, cutAfter: number): Promise<Seen> {
  const seen: Seen = { objects: new Map(), versions: [from], connections: 0 };
  const ending = new AbortController();
  while (!seen.objects.has(lastName)) {
    seen.connections += 1;
    const events = place.client.watch(
      `${path}?watch=true&resourceVersion=${seen.versions.at(-1)}`,
      ending.signal,
    );
    await followOne(seen, events, cutAfter);
  }
  return seen;
}

async function followOne(
  seen: Seen,
  events: AsyncGenerator<WatchEvent>,
  cutAfter: number,
): Promise<void> {
  const before = seen.versions.length;
  for (;;) {
    const next = await events.next().catch(() => undefined);
    if (next === undefined) await delay(100);
    if (next === undefined || next.done === true) return;
    take(seen, next.value);
    if (seen.objects.has(lastName) || seen.versions.length - before >= cutAfter) break;
  }
  await events.return(undefined);
}

async function restart(place: Place, dataDir: string): Promise<void> {
  await place.server.kill9();
  place.client[Symbol.dispose]();
  place.server = await startServer({ dataDir, args: ['--controllers=off'] });
  place.client = new ApiClient(place.server);
}

test('200 watchers whose connections are cut and whose server is killed end with what the list shows', async () => {
  using data = tempDir('fire');
  const server = await startServer({ dataDir: data.path, args: ['--controllers=off'] });
  const place: Place = { server, client: new ApiClient(server) };
  try {
    const start = await place.client.get(path);
    const from = Number(start.body.metadata.resourceVersion);
    const known: [string, unknown][] = start.body.items.map(
      (item: { metadata: { name: string } }) => [item.metadata.name, item],
    );
    const following = Promise.all(
      Array.from({ length: watchers }, (_, index) => follow(place, from, 15 + (index % 40))),
    );
    const writing = Array.from({ length: writers }, (_, writer) => write(place, writer));
    await Promise.race(writing);
    await restart(place, data.path);
    await Promise.all(writing);
    await answered(() => place.client.post(path, { metadata: { name: lastName } }));
    const all = await following;
    const { body: list } = await place.client.get(path);
    const listed = new Map(
      list.items.map((item: { metadata: { name: string } }) => [item.metadata.name, item]),
    );
    for (const { objects, versions, connections } of all) {
      expect(new Map([...known, ...objects])).toEqual(listed);
      expect(versions.every((version, at) => at === 0 || version > (versions[at - 1] ?? 0))).toBe(
        true,
      );
      expect(connections).toBeGreaterThan(2);
    }
  } finally {
    place.client[Symbol.dispose]();
    await place.server[Symbol.asyncDispose]();
  }
});
