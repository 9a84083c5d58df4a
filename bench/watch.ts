/**
 * Watches over TLS: 1,000 watches of one namespace of one server process with its embedded PostgreSQL, 100 writes a second.
 * The watches are in processes of their own, on the same machine. Large objects are written to another namespace meanwhile,
 * and then once more beside a client that watches both and stops to read: its connection fills up, and nothing else changes.
 * Both are done twice in turns, and the better one counts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';

import { startServer, type Server } from '#test/support/server.ts';

import {
  judged,
  missedLimits,
  type BenchContext,
  type BenchResult,
  type Limit,
} from './support/bench.ts';
import { Load } from './support/load.ts';
import {
  cpuOf,
  percentile,
  rounded,
  samplePeak,
  treeMemoryMiB,
  type Cpu,
} from './support/measure.ts';
import { startWatchers, type Watchers } from './support/watchers.ts';
import { nowMs, openWatch } from './support/watching.ts';

const watchers = 1000;
const clientProcesses = 2;
const writesASecond = 100;
const writesAPhase = 1000;
const roundsCount = 2;
const largeASecond = 4;
const largeBytes = 256 * 1024;
const everywhere = '/api/v1/configmaps';
const path = '/api/v1/namespaces/default/configmaps';
const largePath = '/api/v1/namespaces/large/configmaps';

export const description = '1,000 watches at 100 writes a second, with and without a slow reader';

export async function run(context: BenchContext): Promise<BenchResult> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startServer({ args: ['--log-level=warn', '--controllers=off'] }));
  const load = stack.use(new Load(server, 16));
  await post(load, '/api/v1/namespaces', { metadata: { name: 'large' } });
  const memoryBefore = treeMemoryMiB(server.pid);
  const clients = await Promise.all(
    Array.from({ length: clientProcesses }, async () =>
      startWatchers({
        ...server,
        path: await watchOf(load, path),
        count: watchers / clientProcesses,
        events: (1 + 2 * roundsCount) * writesAPhase,
      }),
    ),
  );
  for (const client of clients) stack.use(client);
  const memoryPerWatcherKiB = rounded(
    ((treeMemoryMiB(server.pid) - memoryBefore) * 1024) / watchers,
  );
  context.progress(`${watchers} watches, ${memoryPerWatcherKiB} KiB each`);
  const phases = new Phases(server, load, clients);
  context.progress(`warm-up: ${JSON.stringify(await phases.next('warm-up'))}`);
  const rounds: Round[] = [];
  for (let round = 1; round <= roundsCount; round += 1) {
    const alone = await phases.next(`alone-${round}`);
    context.progress(`alone: ${JSON.stringify(alone)}`);
    const slow = await SlowReader.open(server, await watchOf(load, everywhere));
    stack.defer(() => {
      slow.close();
    });
    const beside = await phases.next(`beside-${round}`);
    context.progress(`beside a slow reader: ${JSON.stringify(beside)}`);
    const slowReader = await slow.readOn(writesAPhase + beside.largeWrites);
    context.progress(`the slow reader: ${JSON.stringify(slowReader)}`);
    rounds.push({ alone, beside, slowReader });
  }
  const alone = best(rounds.map((round) => round.alone));
  const beside = best(rounds.map((round) => round.beside));
  const slowReader = {
    unreadMiB: Math.min(...rounds.map((round) => round.slowReader.unreadMiB)),
    missed: Math.max(...rounds.map((round) => round.slowReader.missed)),
  };
  const moreMiB = Math.min(...rounds.map((each) => each.beside.peakMiB - each.alone.peakMiB));
  const bounds = limits(alone, beside, { ...slowReader, moreMiB });
  return {
    items: alone.delivered + beside.delivered,
    seconds: alone.seconds + beside.seconds,
    cpuSeconds: alone.cpuSeconds.server + beside.cpuSeconds.server,
    peakRssMiB: Math.max(alone.peakMiB, beside.peakMiB),
    p50Ms: alone.p50Ms,
    p99Ms: alone.p99Ms,
    details: { memoryPerWatcherKiB, alone, beside, slowReader },
    targets: judged(bounds),
    missed: missedLimits(bounds),
  };
}

/** The phase that the rest of the machine disturbed least. */
function best(phases: readonly PhaseFigures[]): PhaseFigures {
  const [first, ...others] = phases;
  if (first === undefined) throw new Error('there was no round');
  return others.reduce((least, each) => (each.p99Ms < least.p99Ms ? each : least), first);
}

function limits(
  alone: PhaseFigures,
  beside: PhaseFigures,
  slow: SlowReading & { readonly moreMiB: number },
): Limit[] {
  const share = rounded(beside.p99Ms / alone.p99Ms);
  return [
    { name: 'writes a second', value: alone.writesPerSecond, atLeast: writesASecond * 0.99 },
    { name: 'MiB that the slow reader left unread', value: slow.unreadMiB, atLeast: 5 },
    { name: 'events that the slow reader missed', value: slow.missed, atMost: 0 },
    { name: 'p99 beside the slow reader, of that without', value: share, atMost: 1.5 },
    { name: 'MiB more beside the slow reader', value: rounded(slow.moreMiB), atMost: 100 },
  ];
}

/** The path of a watch from now on. */
async function watchOf(load: Load, collection: string): Promise<string> {
  const text = await load.send({ method: 'GET', path: `${collection}?limit=1` });
  return `${collection}?watch=true&resourceVersion=${revisionOf(text)}`;
}

function revisionOf(text: string): number {
  return Number(/"resourceVersion":"(?<revision>\d+)"/u.exec(text)?.groups?.['revision']);
}

async function post(load: Load, collection: string, body: object): Promise<number> {
  return revisionOf(await load.send({ method: 'POST', path: collection, body }));
}

interface Round {
  readonly alone: PhaseFigures;
  readonly beside: PhaseFigures;
  readonly slowReader: SlowReading;
}

interface PhaseFigures {
  readonly delivered: number;
  readonly seconds: number;
  readonly writesPerSecond: number;
  readonly largeWrites: number;
  readonly cpuSeconds: Cpu;
  /** Of the server and its database. */
  readonly peakMiB: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

class Phases {
  readonly #server: Server;
  readonly #load: Load;
  readonly #clients: readonly Watchers[];
  #events = 0;

  constructor(server: Server, load: Load, clients: readonly Watchers[]) {
    this.#server = server;
    this.#load = load;
    this.#clients = clients;
  }

  /** @throws {Error} when two minutes after the last write an event is still missing */
  async next(prefix: string): Promise<PhaseFigures> {
    const { pid } = this.#server;
    const memory = samplePeak(() => treeMemoryMiB(pid), 500);
    const before = cpuOf(pid);
    const large = new LargeWrites(this.#load, prefix);
    const started = performance.now();
    const written = await this.#write(prefix);
    const writesPerSecond = (writesAPhase * 1000) / (performance.now() - started);
    const largeWrites = await large.end();
    const first = this.#events;
    this.#events += writesAPhase;
    await within(120_000, Promise.all(this.#clients.map((client) => client.seen(this.#events))));
    const seconds = (performance.now() - started) / 1000;
    const after = cpuOf(pid);
    // Events come in the order of revisions.
    const sentAt = written.toSorted((a, b) => a.revision - b.revision).map((each) => each.sentAt);
    const waited = await Promise.all(this.#clients.map((client) => client.waitedMs(first, sentAt)));
    const waitedMs = waited.flatMap((each) => [...each]);
    return {
      delivered: waitedMs.length,
      seconds: rounded(seconds),
      writesPerSecond: rounded(writesPerSecond),
      largeWrites,
      cpuSeconds: {
        server: rounded(after.server - before.server),
        database: rounded(after.database - before.database),
        client: rounded(after.client - before.client),
      },
      peakMiB: rounded(memory()),
      p50Ms: rounded(percentile(waitedMs, 0.5)),
      p99Ms: rounded(percentile(waitedMs, 0.99)),
    };
  }

  async #write(prefix: string): Promise<{ readonly sentAt: number; readonly revision: number }[]> {
    const begun = performance.now();
    const sending: Promise<{ sentAt: number; revision: number }>[] = [];
    for (let index = 0; index < writesAPhase; index += 1) {
      await delay(Math.max(0, begun + (index * 1000) / writesASecond - performance.now()));
      const sentAt = nowMs();
      const body = { metadata: { name: `${prefix}-${index}` } };
      sending.push(post(this.#load, path, body).then((revision) => ({ sentAt, revision })));
    }
    return Promise.all(sending);
  }
}

/** Writes large objects where none of the thousand watches looks. */
class LargeWrites {
  readonly #sending: Promise<number>[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(load: Load, prefix: string) {
    const data = { text: 'x'.repeat(largeBytes) };
    this.#timer = setInterval(() => {
      const metadata = { name: `${prefix}-${this.#sending.length}` };
      this.#sending.push(post(load, largePath, { metadata, data }));
    }, 1000 / largeASecond);
  }

  /** @returns how many there were */
  async end(): Promise<number> {
    clearInterval(this.#timer);
    return (await Promise.all(this.#sending)).length;
  }
}

interface SlowReading {
  /** What was waiting for it when it began to read again. */
  readonly unreadMiB: number;
  readonly missed: number;
}

/** A client that opens a watch and reads nothing until it is told to. */
class SlowReader {
  readonly #socket: TLSSocket;
  #events = 0;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  static async open(server: Server, watch: string): Promise<SlowReader> {
    const reading: { reader?: SlowReader } = {};
    const socket = await openWatch(server, watch, (events) => {
      if (reading.reader !== undefined) reading.reader.#events += events;
    });
    socket.pause();
    return (reading.reader = new SlowReader(socket));
  }

  /** Reads until it has so many events, or the server ends the watch, or a minute is over. */
  async readOn(events: number): Promise<SlowReading> {
    const { bytesRead } = this.#socket;
    this.#socket.resume();
    const deadline = performance.now() + 60_000;
    while (this.#events < events && !this.#socket.closed && performance.now() < deadline)
      await delay(20);
    const unreadMiB = (this.#socket.bytesRead - bytesRead) / 1024 / 1024;
    return { unreadMiB: rounded(unreadMiB), missed: events - this.#events };
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = delay(ms, undefined, { ref: false }).then(() => {
    throw new Error(`events are missing after ${ms} ms`);
  });
  return Promise.race([work, late]);
}
