/**
 * 500 distinct single-platform images from a real registry:2 to stored Image objects and stream history, end to end: a
 * server is started as a process with 8 imports in flight, streams are created over its API, and the clock stops when
 * every tag has its history. `npm run bench -- import redis` takes the queue from PostgreSQL to Redis.
 */
import { distinctPlacements } from '#fixtures/many.ts';
import { seedRegistry } from '#fixtures/push.ts';
import { ApiClient } from '#test/support/api-client.ts';
import { startServer, type Server } from '#test/support/server.ts';
import { startRedis, type Redis } from '#test/support/services/redis.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';

import { missedLimits, type BenchContext, type BenchResult } from './support/bench.ts';
import { openConnections, peakRssMiB, rounded, samplePeak, treeUsage } from './support/measure.ts';

const streams = 100;
const tagsEach = 5;
const images = streams * tagsEach;
const inFlight = 8;
const deadlineMs = 120_000;
const collection = '/apis/image.openshift.io/v1/namespaces/default/imagestreams';

export const description =
  '500 distinct images from registry:2 to stored images and stream history, 8 in flight';

/** @param context.args `redis` takes the queue to Redis */
export async function run(context: BenchContext): Promise<BenchResult> {
  await using stack = new AsyncDisposableStack();
  const redis = context.args.includes('redis') ? stack.use(await startRedis()) : undefined;
  const registry = stack.use(await startRegistry({ metrics: true }));
  context.progress(`pushing ${images} images to ${registry.host}`);
  await seedRegistry(registry.url, { images: distinctPlacements(streams, tagsEach) });
  const server = stack.use(await startServer(serverOptions(redis)));
  context.progress(`server ${server.url}, queue ${redis ? 'Redis' : 'PostgreSQL'}`);
  using api = new ApiClient(server);
  return await measure(context, { server, registry, api });
}

interface Parts {
  readonly server: Server;
  readonly registry: Registry;
  readonly api: ApiClient;
}

function serverOptions(redis: Redis | undefined): { args: string[] } {
  return {
    args: [
      `--workers=${inFlight}`,
      '--log-level=warn',
      ...(redis === undefined ? [] : [`--redis-url=${redis.url}`]),
    ],
  };
}

async function measure(context: BenchContext, parts: Parts): Promise<BenchResult> {
  const { server, registry, api } = parts;
  await untilUnused(registry.port);
  const requestsBefore = await registry.requestCount();
  const cpuBefore = cpuOf(parts);
  const sockets = samplePeak(() => openConnections(registry.port));
  const started = performance.now();
  await createStreams(parts);
  const created = performance.now();
  context.progress(`${streams} streams created in ${rounded((created - started) / 1000)} s`);
  await untilImported(context, api);
  const seconds = (performance.now() - started) / 1000;
  const cpuAfter = cpuOf(parts);
  const requests = (await registry.requestCount()) - requestsBefore;
  const stored = await storedImages(api);
  if (stored !== images) throw new Error(`${stored} images are stored, not ${images}`);
  const cpu = {
    server: cpuAfter.server - cpuBefore.server,
    registry: cpuAfter.registry - cpuBefore.registry,
  };
  context.progress(
    `processor: server with its database ${rounded(cpu.server)} s, registry ${rounded(cpu.registry)} s, ` +
      `of ${rounded(seconds)} s on the clock`,
  );
  return {
    items: images,
    requests,
    sockets: sockets(),
    seconds,
    cpuSeconds: cpu.server,
    peakRssMiB: peakRssMiB(server.pid),
    details: {
      createSeconds: rounded((created - started) / 1000, 3),
      registryCpuSeconds: rounded(cpu.registry),
    },
    missed: missedLimits([
      { name: 'images per second', value: rounded(images / seconds), atLeast: 60 },
      { name: 'requests per image', value: rounded(requests / images, 3), atMost: 3.1 },
    ]),
  };
}

/** The connections over which the images were pushed are not the server's. */
async function untilUnused(port: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((openConnections(port) ?? 0) > 0 && Date.now() < deadline)
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
}

function cpuOf({ server, registry }: Parts): { server: number; registry: number } {
  return {
    server: treeUsage(server.pid)?.cpuSeconds ?? 0,
    registry: treeUsage(registry.pid)?.cpuSeconds ?? 0,
  };
}

async function createStreams({ api, registry }: Parts): Promise<void> {
  const waiting = Array.from({ length: streams }, (_, index) => index).values();
  const writers = Array.from({ length: 4 }, async () => {
    for (const index of waiting) {
      const name = `r${String(index).padStart(3, '0')}`;
      const tags = Array.from({ length: tagsEach }, (_, tag) => ({
        name: `t${tag}`,
        from: { kind: 'DockerImage', name: `${registry.host}/many/${name}:t${tag}` },
        importPolicy: { insecure: true },
      }));
      const answer = await api.post(collection, {
        apiVersion: 'image.openshift.io/v1',
        kind: 'ImageStream',
        metadata: { name },
        spec: { tags },
      });
      if (answer.status !== 201)
        throw new Error(
          `stream ${name} was answered ${answer.status}: ${JSON.stringify(answer.body)}`,
        );
    }
  });
  await Promise.all(writers);
}

interface StreamList {
  readonly items: readonly {
    readonly status: {
      readonly tags?: readonly {
        readonly items: readonly unknown[] | null;
        readonly conditions?: readonly { readonly message?: string }[];
      }[];
    };
  }[];
}

async function untilImported(context: BenchContext, api: ApiClient): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (let reported = 0; ;) {
    const { items } = (await api.get(collection)).body as StreamList;
    const tags = items.flatMap(({ status }) => status.tags ?? []);
    const failure = tags.find(({ conditions = [] }) => conditions.length > 0)?.conditions?.[0];
    if (failure !== undefined) throw new Error(`an import failed: ${failure.message ?? ''}`);
    const done = tags.filter((tag) => (tag.items ?? []).length > 0).length;
    if (done === images) return;
    if (Date.now() > deadline) throw new Error(`${done} of ${images} tags after ${deadlineMs} ms`);
    if (done >= reported + 100) {
      context.progress(`${done} of ${images}`);
      reported = done;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}

async function storedImages(api: ApiClient): Promise<number> {
  const { body } = await api.get('/apis/image.openshift.io/v1/images');
  return (body as StreamList).items.length;
}
