/** The process of `latency-registry.ts`: `node latency-registry-process.ts OPTIONS_AS_JSON`, counts over IPC. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { distinctPlacements } from '#fixtures/many.ts';

import type { LatencyRegistryOptions, ReadyMessage, RegistryCounts } from './latency-registry.ts';

interface Content {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

const options = JSON.parse(process.argv[2] ?? '{}') as LatencyRegistryOptions;
const tokenSeconds = options.tokenSeconds ?? 300;
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

/** Token to the repositories it may pull and the time in ms at which it ends. */
const tokens = new Map<
  string,
  { readonly repositories: ReadonlySet<string>; readonly ends: number }
>();
let open = 0;
let inFlight = 0;
let counts = newCounts();

type Counters = { -readonly [key in keyof RegistryCounts]: RegistryCounts[key] };

function newCounts(): Counters {
  return {
    requests: 0,
    tokens: 0,
    challenges: 0,
    heads: 0,
    gets: 0,
    socketsAccepted: 0,
    socketsPeak: open,
    inFlightPeak: inFlight,
  };
}

const server = createServer((request, response) => {
  counts.requests += 1;
  inFlight += 1;
  counts.inFlightPeak = Math.max(counts.inFlightPeak, inFlight);
  response.once('close', () => {
    inFlight -= 1;
  });
  setTimeout(() => {
    answer(request, response);
  }, options.latencyMs);
});
server.on('connection', (socket) => {
  open += 1;
  counts.socketsAccepted += 1;
  counts.socketsPeak = Math.max(counts.socketsPeak, open);
  socket.once('close', () => {
    open -= 1;
  });
});
server.keepAliveTimeout = 60_000;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
  if (url.pathname === '/token') {
    giveToken(url, response);
    return;
  }
  const repository = /^\/v2\/(?<name>.+)\/(?:manifests|blobs)\//u.exec(url.pathname)?.groups?.[
    'name'
  ];
  if (!mayPull(request, repository)) {
    counts.challenges += 1;
    const scope = repository === undefined ? '' : `,scope="repository:${repository}:pull"`;
    response.writeHead(401, {
      'www-authenticate': `Bearer realm="${url.origin}/token",service="latency"${scope}`,
    });
    response.end();
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

function giveToken(url: URL, response: ServerResponse): void {
  counts.tokens += 1;
  const repositories = url.searchParams
    .getAll('scope')
    .flatMap((scope) => scope.split(' '))
    .map((scope) => scope.split(':')[1] ?? '');
  const token = randomUUID();
  tokens.set(token, {
    repositories: new Set(repositories),
    ends: Date.now() + tokenSeconds * 1000,
  });
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ token, expires_in: tokenSeconds }));
}

function mayPull(request: IncomingMessage, repository: string | undefined): boolean {
  const token = tokens.get((request.headers.authorization ?? '').replace(/^Bearer /u, ''));
  if (token === undefined || token.ends < Date.now()) return false;
  return repository === undefined || token.repositories.has(repository);
}

process.on('message', () => {
  process.send?.(counts);
  counts = newCounts();
});
process.once('disconnect', () => {
  process.exit(0);
});
server.listen(0, '127.0.0.1', () => {
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ready: ReadyMessage = {
    host,
    tags: placements.map(({ repository, tags, manifest }) => ({
      pullSpec: `${host}/${repository}:${tags[0] ?? ''}`,
      digest: manifest.digest,
    })),
  };
  process.send?.(ready);
});
