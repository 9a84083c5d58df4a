/**
 * The image API over TLS: one server process with its embedded PostgreSQL, 500 streams of 5 KB, keep-alive connections, the
 * client on the same machine. The bounds are what openshift-apiserver with etcd reached on two cores; imports: twice that.
 */
import { distinctPlacements } from '#fixtures/many.ts';
import { seedRegistry } from '#fixtures/push.ts';
import { ApiClient } from '#test/support/api-client.ts';
import { startServer, type Server } from '#test/support/server.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';

import { missedLimits, type BenchContext, type BenchResult, type Limit } from './support/bench.ts';
import { Load, type LoadFigures, type LoadRequest } from './support/load.ts';
import { percentile, rounded, treeMemoryMiB, treeUsage } from './support/measure.ts';

const streams = 500;
const watchers = 50;
const group = '/apis/image.openshift.io/v1/namespaces/default';

export const description =
  'requests a second of the image API over TLS: get, list, create, tag, mapping, import, watch';

export async function run(context: BenchContext): Promise<BenchResult> {
  await using stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry());
  await seedRegistry(registry.url, { images: distinctPlacements(1, 1) });
  const server = stack.use(await startServer({ args: ['--log-level=warn'] }));
  const load = stack.use(new Load(server, 16));
  const cpuBefore = treeUsage(server.pid)?.cpuSeconds ?? 0;
  const started = performance.now();
  const figures = await measure(context, { server, registry, load });
  const seconds = (performance.now() - started) / 1000;
  return {
    items: Object.keys(figures).length,
    seconds,
    cpuSeconds: (treeUsage(server.pid)?.cpuSeconds ?? 0) - cpuBefore,
    peakRssMiB: treeMemoryMiB(server.pid),
    details: figures,
    missed: missedLimits(limits(figures)),
  };
}

/** Each bound with the figure that it is for. */
function limits(figures: Readonly<Record<string, LoadFigures>>): Limit[] {
  const atLeast = { get: 1820, list: 34, create: 645, tag: 390, mapping: 500, import: 252 };
  const of = (name: string): LoadFigures => figures[name] ?? { perSecond: 0, p50Ms: 0, p99Ms: 0 };
  return [
    ...Object.entries(atLeast).map(([name, bound]) => ({
      name: `${name} a second`,
      value: of(name).perSecond,
      atLeast: bound,
    })),
    { name: 'get p99 ms', value: of('get').p99Ms, atMost: 25 },
    { name: 'watch p50 ms', value: of('watch').p50Ms, atMost: 1.8 },
    { name: 'watch p99 ms', value: of('watch').p99Ms, atMost: 6.7 },
  ];
}

interface Parts {
  readonly server: Server;
  readonly registry: Registry;
  readonly load: Load;
}

async function measure(context: BenchContext, parts: Parts): Promise<Record<string, LoadFigures>> {
  const figures: Record<string, LoadFigures> = {};
  for (const [name, step] of steps(parts)) {
    const measured = await step();
    figures[name] = {
      perSecond: rounded(measured.perSecond),
      p50Ms: rounded(measured.p50Ms),
      p99Ms: rounded(measured.p99Ms),
    };
    const { perSecond, p50Ms, p99Ms } = figures[name];
    context.progress(`${name}: ${perSecond}/s, p50 ${p50Ms} ms, p99 ${p99Ms} ms`);
  }
  return figures;
}

function steps({ server, registry, load }: Parts): [string, () => Promise<LoadFigures>][] {
  const wide = (count: number, requestOf: (index: number) => LoadRequest): Promise<LoadFigures> =>
    load.run({ count, inFlight: 16 }, requestOf);
  return [
    ['create', () => wide(streams, (index) => ({ ...post('imagestreams'), body: stream(index) }))],
    ['get', () => wide(6000, (index) => get(`imagestreams/s${index % streams}`))],
    ['list', () => load.run({ count: 80, inFlight: 2 }, () => get('imagestreams'))],
    ['mapping', () => wide(1000, (index) => mapping(index))],
    ['tag', () => wide(1000, (index) => tag(index))],
    ['import', () => imports(registry, load)],
    ['watch', () => watchLatency(server, load)],
  ];
}

function get(path: string): LoadRequest {
  return { method: 'GET', path: `${group}/${path}` };
}

function post(resource: string): Pick<LoadRequest, 'method' | 'path'> {
  return { method: 'POST', path: `${group}/${resource}` };
}

/** A stream of about 5 KB with what streams hold: tags that are referred to, with annotations. */
function stream(index: number): object {
  return {
    metadata: { name: `s${index}`, labels: { app: `app-${index % 10}` } },
    spec: {
      tags: Array.from({ length: 10 }, (_, tagIndex) => ({
        name: `v${tagIndex}`,
        annotations: { description: `Version ${tagIndex} of ${'something useful '.repeat(6)}` },
        reference: true,
        from: { kind: 'DockerImage', name: `registry.example.com/acme/s${index}:v${tagIndex}` },
      })),
    },
  };
}

function digest(index: number): string {
  return `sha256:${index.toString(16).padStart(64, '0')}`;
}

function mapping(index: number): LoadRequest {
  const name = digest(index);
  return {
    ...post('imagestreammappings'),
    body: {
      metadata: { name: `s${index % streams}` },
      tag: 'pushed',
      image: {
        metadata: { name },
        dockerImageReference: `registry.example.com/acme/app@${name}`,
        dockerImageMetadata: { kind: 'DockerImage', apiVersion: 'image.openshift.io/1.0', Id: '' },
      },
    },
  };
}

/** A snapshot of an image of the stream's own history, another one in the second round. */
function tag(index: number): LoadRequest {
  const name = `s${index % streams}`;
  return {
    method: 'PUT',
    path: `${group}/imagestreamtags/${name}:prod`,
    body: {
      metadata: { name: `${name}:prod`, namespace: 'default' },
      tag: {
        name: 'prod',
        annotations: null,
        from: { kind: 'ImageStreamImage', name: `${name}@${digest(index)}` },
        generation: null,
        importPolicy: {},
        referencePolicy: { type: 'Source' },
      },
      image: { metadata: {} },
    },
  };
}

async function imports(registry: Registry, load: Load): Promise<LoadFigures> {
  const from = { kind: 'DockerImage', name: `${registry.host}/many/r000:t0` };
  const request = (name: string): LoadRequest => ({
    ...post('imagestreamimports'),
    body: {
      metadata: { name },
      spec: { import: true, images: [{ from, importPolicy: { insecure: true } }] },
    },
  });
  const names = ['i0', 'i1', 'i2', 'i3'];
  for (const name of names) await load.send(request(name));
  return load.run({ count: 800, inFlight: names.length }, (index) =>
    request(names[index % names.length] ?? ''),
  );
}

/** From the answer to the writer until each watcher has the event. */
async function watchLatency(server: Server, load: Load): Promise<LoadFigures> {
  const ending = new AbortController();
  const arrived: number[] = [];
  using api = new ApiClient(server);
  const { metadata } = JSON.parse(await load.send(get('imagestreams?limit=1'))) as {
    metadata: { resourceVersion: string };
  };
  const path = `${group}/imagestreams?watch=true&resourceVersion=${metadata.resourceVersion}`;
  const rounds = 100;
  const seen = Array.from({ length: rounds }, (): number[] => []);
  const reading = Array.from({ length: watchers }, async () => {
    let round = 0;
    for await (const { type } of api.watch(path, ending.signal)) {
      if (type !== 'BOOKMARK') seen[round++]?.push(performance.now());
      if (round === rounds) break;
    }
  });
  await new Promise((resolve) => {
    setTimeout(resolve, 1000);
  });
  const started = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    await load.send({ ...post('imagestreams'), body: { metadata: { name: `w${round}` } } });
    const written = performance.now();
    while ((seen[round]?.length ?? 0) < watchers)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    arrived.push(...(seen[round] ?? []).map((at) => Math.max(0, at - written)));
  }
  const seconds = (performance.now() - started) / 1000;
  ending.abort();
  await Promise.all(reading);
  return {
    perSecond: arrived.length / seconds,
    p50Ms: percentile(arrived, 0.5),
    p99Ms: percentile(arrived, 0.99),
  };
}
