/**
 * Watches over TLS: 1,000 clients of one namespace of one server process with its embedded PostgreSQL, 100 writes a second,
 * first alone and then beside a client that never reads. The clients run in this process, on the same machine.
 */
import { request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

import { startServer, type Server } from '#test/support/server.ts';

import type { BenchContext, BenchResult } from './support/bench.ts';
import { Load } from './support/load.ts';
import { percentile, rounded, treeMemoryMiB, treeUsage } from './support/measure.ts';

const watchers = 1000;
const writesASecond = 100;
const writesAPhase = 500;
const path = '/api/v1/namespaces/default/configmaps';

export const description = '1,000 watches at 100 writes a second, with and without a slow reader';

/** When each write was sent, and how long each watcher waited for it from then on. */
interface Deliveries {
  readonly sentAt: Map<string, number>;
  readonly waitedMs: number[];
}

export async function run(context: BenchContext): Promise<BenchResult> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startServer({ args: ['--log-level=warn', '--controllers=off'] }));
  const load = stack.use(new Load(server, 16));
  const deliveries: Deliveries = { sentAt: new Map(), waitedMs: [] };
  const version = await listVersion(load);
  const memoryBefore = treeMemoryMiB(server.pid);
  const closings = await Promise.all(
    Array.from({ length: watchers }, () => open(server, version, deliveries)),
  );
  stack.defer(() => {
    for (const close of closings) close();
  });
  const memoryPerWatcherKiB = ((treeMemoryMiB(server.pid) - memoryBefore) * 1024) / watchers;
  context.progress(`${watchers} watches, ${rounded(memoryPerWatcherKiB)} KiB each`);

  const alone = await phase(server, load, deliveries, 'alone');
  context.progress(`alone: p50 ${alone.p50Ms} ms, p99 ${alone.p99Ms} ms`);
  stack.defer(await open(server, version, undefined));
  const besideSlowReader = await phase(server, load, deliveries, 'beside');
  context.progress(`slow reader: p50 ${besideSlowReader.p50Ms}, p99 ${besideSlowReader.p99Ms} ms`);
  return {
    items: alone.delivered + besideSlowReader.delivered,
    seconds: alone.seconds + besideSlowReader.seconds,
    cpuSeconds: alone.cpuSeconds + besideSlowReader.cpuSeconds,
    peakRssMiB: treeMemoryMiB(server.pid),
    p50Ms: alone.p50Ms,
    p99Ms: alone.p99Ms,
    details: { memoryPerWatcherKiB: rounded(memoryPerWatcherKiB), alone, besideSlowReader },
  };
}

async function listVersion(load: Load): Promise<string> {
  const text = await load.send({ method: 'GET', path: `${path}?limit=1` });
  return (JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

/** Opens a watch; one without `deliveries` never reads. The answer closes it. */
async function open(
  { url, ca, token }: Server,
  version: string,
  deliveries: Deliveries | undefined,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      new URL(`${path}?watch=true&resourceVersion=${version}`, url),
      { ca, agent: false, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        if (response.statusCode !== 200) {
          reject(new Error(`the watch was answered ${String(response.statusCode)}`));
          return;
        }
        response.on('error', () => undefined);
        if (deliveries !== undefined) response.on('data', reader(deliveries));
        resolve(() => {
          request.destroy();
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

/** Finds names by their text: parsing each of a hundred thousand events a second would measure this process. */
function reader({ sentAt, waitedMs }: Deliveries): (chunk: Buffer) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    const now = performance.now();
    for (const line of lines) {
      const sent = sentAt.get(/"name":"(?<name>[^"]+)"/u.exec(line)?.groups?.['name'] ?? '');
      if (sent !== undefined) waitedMs.push(now - sent);
    }
  };
}

interface PhaseFigures {
  readonly delivered: number;
  readonly seconds: number;
  readonly writesPerSecond: number;
  readonly cpuSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** @throws {Error} when a minute after the last write an event is still missing */
async function phase(
  server: Server,
  load: Load,
  { sentAt, waitedMs }: Deliveries,
  prefix: string,
): Promise<PhaseFigures> {
  waitedMs.length = 0;
  const cpuBefore = treeUsage(server.pid)?.cpuSeconds ?? 0;
  const started = performance.now();
  const sending: Promise<string>[] = [];
  for (let index = 0; index < writesAPhase; index += 1) {
    await delay(Math.max(0, started + (index * 1000) / writesASecond - performance.now()));
    const name = `${prefix}-${index}`;
    sentAt.set(name, performance.now());
    sending.push(load.send({ method: 'POST', path, body: { metadata: { name } } }));
  }
  await Promise.all(sending);
  const writesPerSecond = (writesAPhase * 1000) / (performance.now() - started);
  const deadline = performance.now() + 60_000;
  while (waitedMs.length < watchers * writesAPhase) {
    if (performance.now() > deadline)
      throw new Error(`only ${waitedMs.length} of ${watchers * writesAPhase} events arrived`);
    await delay(5);
  }
  return {
    delivered: waitedMs.length,
    seconds: rounded((performance.now() - started) / 1000),
    writesPerSecond: rounded(writesPerSecond),
    cpuSeconds: rounded((treeUsage(server.pid)?.cpuSeconds ?? 0) - cpuBefore),
    p50Ms: rounded(percentile(waitedMs, 0.5)),
    p99Ms: rounded(percentile(waitedMs, 0.99)),
  };
}
