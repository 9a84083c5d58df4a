/** The process of `moving-registry.ts`: what it holds comes over IPC, and so do moves and counts. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { TokenServer } from './bench-tokens.ts';
import { endWithParent, LateServer, type Content, type Reached } from './late-server.ts';
import type {
  MovingRegistryCounts,
  MovingRegistryMessage,
  MovingRegistryOptions,
} from './moving-registry.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
/** `REPOSITORY:TAG` to what it is made of. */
const seeds = new Map<string, string>();
/** `REPOSITORY@DIGEST` to what it is made of, for what was moved. */
const bySeed = new Map<string, string>();
const digests = new Map<string, string>();
const tokens = new TokenServer('bench');
const asked = new Map<string, number>();
let latencyMs = 0;
let periodMs = 0;
let counts = newCounts();

type Counters = { -readonly [key in Exclude<keyof MovingRegistryCounts, keyof Reached>]: number };

function newCounts(): Counters {
  return { tokens: 0, challenges: 0, heads: 0, repeats: 0, gets: 0 };
}

function contentOf(bytes: string, mediaType: string): Content {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType, digest, bytes: Buffer.from(bytes) };
}

/** A small single-platform image; its layer is never asked for. */
function imageOf(seed: string): { readonly manifest: Content; readonly config: Content } {
  const layer = createHash('sha256').update(`layer ${seed}`).digest('hex');
  const config = contentOf(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Env: [`SEED=${seed}`], Entrypoint: ['/app/run'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
      history: [{ created: '2024-06-13T00:00:00Z', created_by: seed }],
    }),
    'application/vnd.oci.image.config.v1+json',
  );
  const descriptor = {
    mediaType: config.mediaType,
    digest: config.digest,
    size: config.bytes.length,
  };
  const layers = [
    {
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: `sha256:${layer}`,
      size: 1024,
    },
  ];
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor,
    layers,
  });
  return { manifest: contentOf(manifest, manifestType), config };
}

function put(repository: string, tag: string, seed: string): string {
  let digest = digests.get(seed);
  if (digest === undefined) digests.set(seed, (digest = imageOf(seed).manifest.digest));
  seeds.set(`${repository}:${tag}`, seed);
  bySeed.set(`${repository}@${digest}`, seed);
  return digest;
}

const server = new LateServer(() => latencyMs, answer);

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
  if (url.pathname === '/token') {
    counts.tokens += 1;
    tokens.give(url, response);
    return;
  }
  const { name, kind = '', reference = '' } = partsOf(url.pathname);
  if (!tokens.mayPull(request, name)) {
    counts.challenges += 1;
    tokens.challenge(url, name, response);
    return;
  }
  const content = name === undefined ? undefined : contentAt(name, kind, reference);
  if (content === undefined) response.writeHead(url.pathname === '/v2/' ? 200 : 404).end();
  else {
    if (request.method === 'HEAD') noteQuestion(url.pathname);
    serve(content, request.method ?? 'GET', response);
  }
}

function noteQuestion(path: string): void {
  const now = Date.now();
  if (now - (asked.get(path) ?? 0) < periodMs / 2) counts.repeats += 1;
  asked.set(path, now);
}

function partsOf(path: string): { name?: string; kind?: string; reference?: string } {
  const match = /^\/v2\/(?<name>.+)\/(?<kind>manifests|blobs)\/(?<reference>[^/]+)$/u.exec(path);
  return match?.groups ?? {};
}

function contentAt(repository: string, kind: string, reference: string): Content | undefined {
  if (kind === 'blobs') {
    for (const [key, seed] of bySeed) {
      if (!key.startsWith(`${repository}@`)) continue;
      const { config } = imageOf(seed);
      if (config.digest === reference) return config;
    }
    return undefined;
  }
  const separator = reference.startsWith('sha256:') ? '@' : ':';
  const seed = (separator === '@' ? bySeed : seeds).get(`${repository}${separator}${reference}`);
  return seed === undefined ? undefined : imageOf(seed).manifest;
}

function serve(
  { mediaType, digest, bytes }: Content,
  method: string,
  response: ServerResponse,
): void {
  counts[method === 'HEAD' ? 'heads' : 'gets'] += 1;
  response.writeHead(200, {
    'content-type': mediaType,
    'content-length': bytes.length,
    'docker-content-digest': digest,
  });
  response.end(method === 'HEAD' ? undefined : bytes);
}

async function start(options: MovingRegistryOptions): Promise<void> {
  ({ latencyMs, periodMs } = options);
  const given = options.images.map(({ repository, tags }) => {
    const seed = `${repository}:${tags[0] ?? ''}`;
    return tags.map((tag) => put(repository, tag, seed))[0] ?? '';
  });
  process.send?.({ host: await server.listen(), digests: given });
}

process.on('message', (message: MovingRegistryMessage) => {
  if (message.kind === 'start') void start(message.options);
  else if (message.kind === 'move') {
    const moved = message.tags.map(({ repository, tag }) =>
      put(repository, tag, `${repository}:${tag} moved ${message.round}`),
    );
    process.send?.(moved);
  } else {
    const { requests, socketsPeak } = server.take();
    const taken: MovingRegistryCounts = { requests, socketsPeak, ...counts };
    process.send?.(taken);
    counts = newCounts();
  }
});
endWithParent();
