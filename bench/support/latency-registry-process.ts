/** The process of `latency-registry.ts`: `node latency-registry-process.ts OPTIONS_AS_JSON`, counts over IPC. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { distinctPlacements } from '#fixtures/many.ts';

import { TokenServer } from './bench-tokens.ts';
import { endWithParent, LateServer, type Content, type Reached } from './late-server.ts';
import type { LatencyRegistryOptions, ReadyMessage, RegistryCounts } from './latency-registry.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as LatencyRegistryOptions;
const contents = new Map<string, Content>();
const placements = distinctPlacements(options.repositories, options.tagsEach);
for (const { repository, tags, manifest } of placements) {
  for (const reference of [...tags, manifest.digest])
    contents.set(`/v2/${repository}/manifests/${reference}`, manifest);
  for (const blob of manifest.blobs)
    contents.set(`/v2/${repository}/blobs/${blob.digest}`, {
      ...blob,
      mediaType: 'application/octet-stream',
    });
}

const tokens = new TokenServer('latency', options.tokenSeconds);
const server = new LateServer(() => options.latencyMs, answer);
let counts = newCounts();

type Counters = { -readonly [key in Exclude<keyof RegistryCounts, keyof Reached>]: number };

function newCounts(): Counters {
  return { tokens: 0, challenges: 0, heads: 0, gets: 0 };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
  if (url.pathname === '/token') {
    counts.tokens += 1;
    tokens.give(url, response);
    return;
  }
  const repository = /^\/v2\/(?<name>.+)\/(?:manifests|blobs)\//u.exec(url.pathname)?.groups?.[
    'name'
  ];
  if (!tokens.mayPull(request, repository)) {
    counts.challenges += 1;
    tokens.challenge(url, repository, response);
    return;
  }
  serve(url.pathname, request.method ?? 'GET', response);
}

function serve(path: string, method: string, response: ServerResponse): void {
  const content = contents.get(path);
  if (content === undefined) {
    response.writeHead(path === '/v2/' ? 200 : 404).end();
    return;
  }
  counts[method === 'HEAD' ? 'heads' : 'gets'] += 1;
  response.writeHead(200, {
    'content-type': content.mediaType,
    'content-length': content.bytes.length,
    'docker-content-digest': content.digest,
  });
  response.end(method === 'HEAD' ? undefined : content.bytes);
}

process.on('message', () => {
  const taken: RegistryCounts = { ...server.take(), ...counts };
  process.send?.(taken);
  counts = newCounts();
});
endWithParent();
const host = await server.listen();
const ready: ReadyMessage = {
  host,
  tags: placements.map(({ repository, tags, manifest }) => ({
    pullSpec: `${host}/${repository}:${tags[0] ?? ''}`,
    digest: manifest.digest,
  })),
};
process.send?.(ready);
