/** B31: what the checks of a large server leave behind in its process: nothing that grows. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';

import { isDigest, type Digest } from '#src/oci/ref/digest.ts';
import { createClient, type Client } from '#src/oci/registry/client.ts';

import { plainHttp } from './support/client.ts';

const repositories = 200;
const tagsEach = 50;
const cycles = 10;
/** Cycles that make what all later ones use: connections, tokens, compiled code. */
const warmUp = 2;
const inFlight = 64;

const manyDigest: Digest = digestOfAll();

test(
  'B31: cycles over ten thousand tags keep memory flat, connections few, and tokens one a repository',
  { timeout: 120_000 },
  async () => {
    await using registry = await startTagServer();
    await using client = createClient({ userAgent: 'oci-soak/1', hosts: plainHttp });
    const rss: number[] = [];
    const heap: number[] = [];
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      await checkAll(client, registry.host);
      collectGarbage();
      rss.push(residentBytes());
      heap.push(process.memoryUsage().heapUsed);
    }

    expect(registry.checks()).toBe(cycles * repositories * tagsEach);
    expect(registry.tokens()).toBe(repositories);
    expect(registry.mostOpen()).toBeLessThanOrEqual(8);
    expect(registry.connections()).toBeLessThanOrEqual(8);
    expect(flat(rss), `RSS ${rss.join(' ')}`).toBeLessThan(1.1);
    expect(flat(heap), `heap ${heap.join(' ')}`).toBeLessThan(1.1);
  },
);

/** The largest after the warm-up, as a share of the largest in it. */
function flat(sizes: readonly number[]): number {
  return Math.max(...sizes.slice(warmUp)) / Math.max(...sizes.slice(0, warmUp));
}

/**
 * Without the space for new objects: V8 doubles it, by tens of MiB, when many are alive at the moment that it fills, and
 * empties it again and again; what stays is in the other spaces.
 */
function residentBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return process.memoryUsage().rss - (young?.physical_space_size ?? 0);
}

/** Every tag, as an unchanged one; each cycle is an identity of its own, as each job of the server is. */
async function checkAll(client: Client, host: string): Promise<void> {
  const own = client.with({});
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < repositories * tagsEach) {
        const index = next;
        next += 1;
        const repository = own.repository(`${host}/soak/r${Math.floor(index / tagsEach)}`);
        const result = await repository.resolve(`v${index % tagsEach}`);
        if (result.kind !== 'resolved' || result.descriptor.digest !== manyDigest)
          throw new Error('a wrong answer');
      }
    }),
  );
}

function digestOfAll(): Digest {
  const text = `sha256:${'5a'.repeat(32)}`;
  if (!isDigest(text)) throw new Error('no digest');
  return text;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

interface TagServer extends AsyncDisposable {
  readonly host: string;
  checks(): number;
  tokens(): number;
  connections(): number;
  mostOpen(): number;
}

/** A registry with tokens that answers every HEAD, and keeps nothing but counts. */
async function startTagServer(): Promise<TagServer> {
  const count = { checks: 0, tokens: 0, connections: 0, open: 0, mostOpen: 0 };
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const { url = '', headers } = request;
    if (url.startsWith('/token')) {
      count.tokens += 1;
      response.end('{"token":"soak","expires_in":3600}');
    } else if (headers.authorization !== 'Bearer soak') {
      const realm = `http://${headers.host ?? ''}/token`;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="soak"` });
      response.end();
    } else {
      count.checks += 1;
      response.writeHead(200, {
        'content-type': 'application/vnd.oci.image.manifest.v1+json',
        'content-length': 1234,
        'docker-content-digest': manyDigest,
      });
      response.end();
    }
  });
  server.on('connection', (socket) => {
    count.connections += 1;
    count.open += 1;
    count.mostOpen = Math.max(count.mostOpen, count.open);
    socket.once('close', () => {
      count.open -= 1;
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    checks: () => count.checks,
    tokens: () => count.tokens,
    connections: () => count.connections,
    mostOpen: () => count.mostOpen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
