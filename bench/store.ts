/**
 * The record on the embedded PostgreSQL: writes by one and by sixteen writers, and a list of ten thousand streams, read from
 * the record and then by a client of a server over TLS.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import os from 'node:os';
import path from 'node:path';

import { silentLogger } from '#src/lib/logger.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { startEmbeddedServer } from '#src/store/embedded/server.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import type { Key } from '#src/store/store.ts';
import { startServer, type Server } from '#test/support/server.ts';

import type { BenchContext, BenchResult } from './support/bench.ts';
import { percentile, rounded, samplePeak, treeMemoryMiB } from './support/measure.ts';

export const description =
  'writes a second with 1 and 16 writers, a list of 10,000 streams of 5 KB';

const resource = 'imagestreams.image.openshift.io';
const streams = 10_000;
const pageSize = 500;
const phaseMs = 4_000;

/** @param context.args `--streams N` (10000) */
export async function run(context: BenchContext): Promise<BenchResult> {
  const { args } = context;
  const count = args[0] === '--streams' ? Number(args[1]) : streams;
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'sluice-bench-'));
  await chmod(dataDir, 0o711);
  try {
    const result = await measureRecord(context, dataDir, count);
    context.progress('listing over TLS');
    await using server = await startServer({ dataDir, args: ['--controllers=off'] });
    return { ...result, details: { ...result.details, ...(await listOverTls(server)) } };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measureRecord(
  context: BenchContext,
  dataDir: string,
  count: number,
): Promise<BenchResult> {
  const startedAt = performance.now();
  await using server = await startEmbeddedServer({ dataDir, logger: silentLogger });
  const startMs = performance.now() - startedAt;
  await using record = await openRecord({ connection: server.connection, logger: silentLogger });
  const cpuBefore = process.cpuUsage();
  context.progress(`loading ${count} streams`);
  const load = await loadStreams(record, count);
  context.progress('listing');
  const list = await listStreams(record);
  context.progress('one writer');
  const one = await write(record, 1);
  context.progress('sixteen writers');
  const sixteen = await write(record, 16);
  const cpu = process.cpuUsage(cpuBefore);
  return {
    items: sixteen.writes,
    seconds: sixteen.seconds,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
    p50Ms: percentile(sixteen.latenciesMs, 0.5),
    p99Ms: percentile(sixteen.latenciesMs, 0.99),
    details: {
      bodyBytes: JSON.stringify(streamOf(0)).length,
      firstStartMs: Math.round(startMs),
      loadPerSecond: Math.round(count / load),
      writesPerSecond1: Math.round(one.writes / one.seconds),
      writesPerSecond16: Math.round(sixteen.writes / sixteen.seconds),
      ...list,
    },
  };
}

/** All streams in one answer, the median of three rounds; and what the server with its database held at most. */
async function listOverTls({ url, ca, token, pid }: Server): Promise<Record<string, number>> {
  const memory = samplePeak(() => treeMemoryMiB(pid), 100);
  const firstByteMs: number[] = [];
  const totalMs: number[] = [];
  let bytes = 0;
  for (let round = 0; round < 3; round += 1) {
    const begin = performance.now();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
      get(new URL('/apis/image.openshift.io/v1/imagestreams', url), { ca, headers }, resolve).on(
        'error',
        reject,
      );
    });
    if (response.statusCode !== 200)
      throw new Error(`the list was answered ${String(response.statusCode)}`);
    firstByteMs.push(performance.now() - begin);
    bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    totalMs.push(performance.now() - begin);
  }
  return {
    tlsListMiB: rounded(bytes / 1024 / 1024),
    tlsListFirstByteMs: Math.round(percentile(firstByteMs, 0.5)),
    tlsListTotalMs: Math.round(percentile(totalMs, 0.5)),
    tlsServerPeakMiB: Math.round(memory()),
  };
}

async function loadStreams({ objects }: RecordDatabase, count: number): Promise<number> {
  const begin = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (let index = next++; index < count; index = next++)
        await objects.create(keyOf(index), streamOf(index));
    }),
  );
  return (performance.now() - begin) / 1000;
}

/** Twice, the second time counts: once in one piece, once in pages as kubectl does it. */
async function listStreams({ objects }: RecordDatabase): Promise<Record<string, number>> {
  let figures: Record<string, number> = {};
  for (let round = 0; round < 2; round += 1) {
    const begin = performance.now();
    const whole = await objects.list({ resource });
    const wholeMs = performance.now() - begin;
    const pagedBegin = performance.now();
    let page = await objects.list({ resource }, { limit: pageSize });
    const firstPageMs = performance.now() - pagedBegin;
    const { revision } = page;
    while (page.remaining > 0) {
      const { namespace = '', name = '' } = page.items.at(-1)?.metadata ?? {};
      const after = { namespace, name };
      page = await objects.list({ resource }, { limit: pageSize, after, revision });
    }
    figures = {
      listed: whole.items.length,
      listMs: Math.round(wholeMs),
      listFirstPageMs: Math.round(firstPageMs),
      listAllPagesMs: Math.round(performance.now() - pagedBegin),
    };
  }
  return figures;
}

interface Written {
  readonly writes: number;
  readonly seconds: number;
  readonly latenciesMs: number[];
}

/** Each writer updates a stream of its own again and again. */
async function write({ objects }: RecordDatabase, writers: number): Promise<Written> {
  const latenciesMs: number[] = [];
  const begin = performance.now();
  const end = begin + phaseMs;
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      let stream = await objects.get<Stream>(keyOf(writer));
      while (stream !== undefined && performance.now() < end) {
        const startedAt = performance.now();
        stream = await objects.update(keyOf(writer), stream);
        latenciesMs.push(performance.now() - startedAt);
      }
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  return { writes: latenciesMs.length, seconds, latenciesMs };
}

interface Stream extends KubeObject {
  readonly spec: object;
  readonly status: object;
}

function keyOf(index: number): Key {
  return { resource, namespace: `team-${index % 100}`, name: `app-${index}` };
}

/** About 5 KB: three tags that are followed and nine images of history each. */
function streamOf(index: number): Stream {
  const { namespace, name } = keyOf(index);
  const pullSpec = `registry.example.com/${namespace}/${name}`;
  const tags = ['latest', 'stable', 'v1'];
  return {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name, namespace, generation: 3, creationTimestamp: '2026-01-10T09:00:03Z' },
    spec: {
      tags: tags.map((tag) => ({
        name: tag,
        from: { kind: 'DockerImage', name: `${pullSpec}:${tag}` },
        generation: 3,
        importPolicy: { scheduled: true, importMode: 'Legacy' },
        referencePolicy: { type: 'Source' },
      })),
    },
    status: {
      tags: tags.map((tag) => ({
        tag,
        items: Array.from({ length: 5 }, (_, age) => {
          const image = `sha256:${createHash('sha256').update(`${index} ${tag} ${age}`).digest('hex')}`;
          return {
            created: '2026-01-10T09:00:03Z',
            dockerImageReference: `${pullSpec}@${image}`,
            image,
            generation: 3,
          };
        }),
      })),
    },
  };
}
