import { once } from 'node:events';

import type { Server } from '#test/support/server.ts';
import type { Registry } from '#test/support/services/registry.ts';

import type { Load, LoadFigures, LoadRequest } from './load.ts';
import { percentile } from './measure.ts';
import { openWatch } from './watching.ts';

export interface Step {
  readonly name: string;
  /** Whether the other steps need it. */
  readonly isNeeded?: boolean;
  run(): Promise<LoadFigures>;
}

export interface StepParts {
  readonly server: Server;
  readonly registry: Registry;
  readonly load: Load;
  /** Empty, and there. */
  readonly namespace: string;
  /** Tells the images of one round from those of another. */
  readonly round: number;
}

const streams = 500;
const watchers = 50;

/** The steps of one round, in order: the first makes the streams that the others need, the last removes them. */
export function apiSteps(parts: StepParts): Step[] {
  const { load, round } = parts;
  const group = `/apis/image.openshift.io/v1/namespaces/${parts.namespace}`;
  const wide = async (
    count: number,
    requestOf: (index: number) => LoadRequest,
  ): Promise<LoadFigures> => load.run({ count, inFlight: 16 }, requestOf);
  const get = (path: string): LoadRequest => ({ method: 'GET', path: `${group}/${path}` });
  const post = (resource: string, body: object): LoadRequest => ({
    method: 'POST',
    path: `${group}/${resource}`,
    body,
  });
  return [
    {
      name: 'create',
      isNeeded: true,
      run: () => wide(streams, (index) => post('imagestreams', stream(index))),
    },
    { name: 'get', run: () => wide(6000, (index) => get(`imagestreams/s${index % streams}`)) },
    { name: 'list', run: () => load.run({ count: 80, inFlight: 2 }, () => get('imagestreams')) },
    {
      name: 'mapping',
      run: () => wide(1000, (index) => post('imagestreammappings', mapping(index, round))),
    },
    {
      name: 'tag',
      run: () =>
        wide(1000, (index) => ({
          method: 'PUT',
          path: `${group}/imagestreamtags/s${index % streams}:prod`,
          body: tag(index, round, parts.namespace),
        })),
    },
    { name: 'import', run: () => imports(parts, post) },
    { name: 'watch', run: () => watchLatency(parts, group, post) },
    {
      name: 'clean',
      isNeeded: true,
      run: () =>
        load.run({ count: 1, inFlight: 1 }, () => ({
          method: 'DELETE',
          path: `${group}/imagestreams`,
        })),
    },
  ];
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

function digest(index: number, round: number): string {
  return `sha256:${round.toString(16)}${index.toString(16).padStart(63, '0')}`;
}

function mapping(index: number, round: number): object {
  const name = digest(index, round);
  return {
    metadata: { name: `s${index % streams}` },
    tag: 'pushed',
    image: {
      metadata: { name },
      dockerImageReference: `registry.example.com/acme/app@${name}`,
      dockerImageMetadata: { kind: 'DockerImage', apiVersion: 'image.openshift.io/1.0', Id: '' },
    },
  };
}

/** A snapshot of an image of the stream's own history, another one the second time. */
function tag(index: number, round: number, namespace: string): object {
  const name = `s${index % streams}`;
  return {
    metadata: { name: `${name}:prod`, namespace },
    tag: {
      name: 'prod',
      annotations: null,
      from: { kind: 'ImageStreamImage', name: `${name}@${digest(index, round)}` },
      generation: null,
      importPolicy: {},
      referencePolicy: { type: 'Source' },
    },
    image: { metadata: {} },
  };
}

type Post = (resource: string, body: object) => LoadRequest;

/** Each of four streams imports again and again what it has already. */
async function imports({ registry, load }: StepParts, post: Post): Promise<LoadFigures> {
  const from = { kind: 'DockerImage', name: `${registry.host}/many/r000:t0` };
  const request = (name: string): LoadRequest =>
    post('imagestreamimports', {
      metadata: { name },
      spec: { import: true, images: [{ from, importPolicy: { insecure: true } }] },
    });
  const names = ['i0', 'i1', 'i2', 'i3'];
  for (const name of names) await load.send(request(name));
  return load.run({ count: 600, inFlight: names.length }, (index) =>
    request(names[index % names.length] ?? ''),
  );
}

/** From the answer to the writer until each watcher has the event. */
async function watchLatency(
  { server, load }: StepParts,
  group: string,
  post: Post,
): Promise<LoadFigures> {
  const writes = 100;
  const list = await load.send({ method: 'GET', path: `${group}/imagestreams?limit=1` });
  const { metadata } = JSON.parse(list) as { metadata: { resourceVersion: string } };
  const path = `${group}/imagestreams?watch=true&resourceVersion=${metadata.resourceVersion}`;
  const seen: number[] = [];
  const all = new EventTarget();
  const sockets = await Promise.all(
    Array.from({ length: watchers }, async () =>
      openWatch(server, path, (events) => {
        seen.push(...Array.from({ length: events }, () => performance.now()));
        if (seen.length === watchers) all.dispatchEvent(new Event('seen'));
      }),
    ),
  );
  const waitedMs: number[] = [];
  const started = performance.now();
  for (let write = 0; write < writes; write += 1) {
    const everywhere = once(all, 'seen');
    await load.send(post('imagestreams', { metadata: { name: `w${write}` } }));
    const written = performance.now();
    await everywhere;
    waitedMs.push(...seen.splice(0).map((at) => Math.max(0, at - written)));
  }
  const seconds = (performance.now() - started) / 1000;
  for (const socket of sockets) socket.destroy();
  return {
    count: waitedMs.length,
    perSecond: waitedMs.length / seconds,
    p50Ms: percentile(waitedMs, 0.5),
    p99Ms: percentile(waitedMs, 0.99),
  };
}
