/**
 * The OCI client: what a HEAD costs against a bare loop of undici in the same run, over HTTP and HTTPS, and what an
 * import costs against `skopeo inspect`. The server is a process of its own, so the processor time is the client's.
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Pool } from 'undici';

import { seedRegistry } from '#fixtures/push.ts';
import { shapePlacements } from '#fixtures/shapes.ts';
import type { HostConfig } from '#src/oci/hosts/config.ts';
import { defaultLaneOptions } from '#src/oci/net/lane-options.ts';
import { defaultLimits } from '#src/oci/net/limits.ts';
import { manifestAccept } from '#src/oci/ref/media-type.ts';
import { createClient, type Client } from '#src/oci/registry/client.ts';
import { startRegistry } from '#test/support/services/registry.ts';
import { makeAuthority } from '#test/support/tls.ts';

import { missedLimits, type BenchContext, type BenchResult, type Limit } from './support/bench.ts';
import { measureSelf, percentile, rounded, type Usage } from './support/measure.ts';

export const description = 'HEAD by tag at 1, 8 and 32 in flight, and imports against skopeo';

const digest = `sha256:${'ab'.repeat(32)}`;
const levels = [1, 8, 32];
const userAgent = 'oci-bench/1';
const maxSockets = 8;
/** Of each in a comparison: short ones, so that a busy moment of the machine strikes a pair and not one of it. */
const turns = 100;
const warmUpRequests = 4000;

interface Round {
  readonly requests: number;
  readonly usage: Usage;
}

/** @param context.args `--requests N` (16000) of each comparison */
export async function run(context: BenchContext): Promise<BenchResult> {
  const { args } = context;
  const count = args[0] === '--requests' ? Number(args[1]) : 16_000;
  const whole = measureSelf();
  const limits: Limit[] = [];
  const details: Record<string, unknown> = {};
  let requests = 0;
  let sockets = 0;
  for (const scheme of ['http', 'https'] as const) {
    await using server = await startHeadServer(scheme);
    for (const inFlight of levels) {
      context.progress(`${scheme}, ${inFlight} in flight`);
      const figures = await compare(server, inFlight, count);
      requests += figures.requests;
      sockets = Math.max(sockets, figures.sockets);
      details[`${scheme}${inFlight}`] = figures.shown;
      limits.push(
        { name: `${scheme} ${inFlight}: sockets`, value: figures.sockets, atMost: maxSockets },
        { name: `${scheme} ${inFlight}: of bare undici`, value: figures.share, atLeast: 0.85 },
      );
      if (scheme === 'http')
        limits.push({ name: `http ${inFlight}: ms CPU`, value: figures.cpuMs, atMost: 0.15 });
    }
  }
  context.progress('imports and skopeo');
  Object.assign(details, await imports());
  const usage = whole();
  const missed = missedLimits(limits);
  return {
    items: requests,
    requests,
    sockets,
    ...usage,
    details,
    ...(missed.length > 0 && { missed }),
  };
}

interface HeadServer extends AsyncDisposable {
  readonly origin: string;
  readonly host: string;
  readonly config: HostConfig;
  sockets(): Promise<number>;
}

/**
 * Ours and the bare loop in turns, one after the other. The share is how much of the bare loop's rate ours has, as the
 * median over pairs of turns; the same of processor time says it where other processes keep the machine busy.
 */
async function compare(
  server: HeadServer,
  inFlight: number,
  count: number,
): Promise<{
  readonly requests: number;
  readonly sockets: number;
  readonly share: number;
  readonly cpuMs: number;
  readonly shown: object;
}> {
  await using client = clientFor(server.config);
  const repository = client.repository(`${server.host}/bench/image`);
  const ours = async (): Promise<void> => {
    const result = await repository.resolve('latest');
    if (result.kind !== 'resolved' || result.descriptor.digest !== digest)
      throw new Error('a wrong answer');
  };
  await server.sockets();
  await warmUp(inFlight, ours);
  const opened = await server.sockets();
  await using pool = openBare(server);
  await warmUp(inFlight, pool.head);
  await server.sockets();
  const each = Math.max(100, Math.round(count / turns));
  const rounds: Round[] = [];
  const bareRounds: Round[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    // Who comes first changes, so that neither always pays for the other's garbage.
    const isFirst = turn % 2 === 0;
    if (isFirst) bareRounds.push(await measured(inFlight, each, pool.head));
    rounds.push(await measured(inFlight, each, ours));
    if (!isFirst) bareRounds.push(await measured(inFlight, each, pool.head));
  }
  const sockets = opened + (await server.sockets());
  const share = medianRatio(rounds, bareRounds, rateOf);
  const cpuMs = cpuOf(rounds);
  return {
    requests: turns * each,
    sockets,
    share,
    cpuMs,
    shown: {
      perSecond: Math.round(percentile(rounds.map(rateOf), 0.5)),
      bareUndiciPerSecond: Math.round(percentile(bareRounds.map(rateOf), 0.5)),
      share,
      cpuShare: medianRatio(bareRounds, rounds, ({ usage }) => usage.cpuSeconds),
      cpuMs,
      bareCpuMs: cpuOf(bareRounds),
      sockets,
    },
  };
}

/** The median over pairs of what the one is of the other. */
function medianRatio(
  those: readonly Round[],
  these: readonly Round[],
  figure: (round: Round) => number,
): number {
  const ratios = those.map((round, index) => figure(round) / figure(these[index] ?? round));
  return rounded(percentile(ratios, 0.5), 3);
}

function rateOf({ requests, usage }: Round): number {
  return requests / usage.seconds;
}

/** Milliseconds of processor time a request. */
function cpuOf(rounds: readonly Round[]): number {
  const seconds = rounds.reduce((sum, { usage }) => sum + usage.cpuSeconds, 0);
  const requests = rounds.reduce((sum, each) => sum + each.requests, 0);
  return rounded((seconds / requests) * 1000, 3);
}

function openBare(server: HeadServer): AsyncDisposable & { readonly head: () => Promise<void> } {
  const { connectMs, headersMs, bodyIdleMs } = defaultLimits;
  const { connectionsPerOrigin, idleMs } = defaultLaneOptions;
  // As the client has it.
  const pool = new Pool(server.origin, {
    connections: connectionsPerOrigin,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMs,
    headersTimeout: headersMs,
    bodyTimeout: bodyIdleMs,
    connect: { ca: [...(server.config.tls?.ca ?? [])], timeout: connectMs },
  });
  return {
    head: async () => {
      const { headers, body } = await pool.request({
        method: 'HEAD',
        path: '/v2/bench/image/manifests/latest',
        // The same bytes as the client's.
        headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', accept: manifestAccept },
        reset: false,
      });
      await body.dump();
      if (headers['docker-content-digest'] !== digest) throw new Error('a wrong answer');
    },
    [Symbol.asyncDispose]: async () => pool.close(),
  };
}

/** All connections are made, and the code is compiled, before anything counts. */
async function warmUp(inFlight: number, request: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: inFlight * 4 }, request));
  await measured(inFlight, warmUpRequests, request);
}

async function measured(
  inFlight: number,
  count: number,
  request: () => Promise<void>,
): Promise<Round> {
  let left = count;
  const stop = measureSelf();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left > 0) {
        left -= 1;
        await request();
      }
    }),
  );
  return { requests: count, usage: stop() };
}

function clientFor(config: HostConfig): Client {
  return createClient({ userAgent, hosts: { lookup: () => config } });
}

/** A server in a process of its own that answers every HEAD; it ends when this process hangs up. */
async function startHeadServer(scheme: 'http' | 'https'): Promise<HeadServer> {
  const authority = await makeAuthority();
  const tls = scheme === 'https' ? await authority.issue(['127.0.0.1']) : undefined;
  const child = fork(fileURLToPath(import.meta.url), [serveFlag, JSON.stringify(tls ?? null)]);
  const nextMessage = async (): Promise<number> => {
    const [message] = (await once(child, 'message')) as [unknown];
    return Number(message);
  };
  const host = `127.0.0.1:${await nextMessage()}`;
  return {
    host,
    origin: `${scheme}://${host}`,
    config: scheme === 'http' ? { scheme } : { scheme, tls: { ca: [authority.certificate] } },
    sockets: async () => {
      const answer = nextMessage();
      child.send('sockets');
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => {
        child.once('exit', resolve);
      });
      child.disconnect();
      await ended;
    },
  };
}

async function imports(): Promise<object> {
  await using registry = await startRegistry();
  await seedRegistry(registry.url, { images: shapePlacements() });
  await using client = clientFor({ scheme: 'http' });
  const shown: Record<string, unknown> = {};
  for (const [name, shape, mode] of [
    ['single', 'docker-single', 'legacy'],
    ['fourPlatforms', 'docker-list', 'preserve-original'],
  ] as const) {
    const repository = client.repository(`${registry.host}/shapes/${shape}`);
    let cost = 0;
    const times = await timed(40, async () => {
      const image = await repository.importImage('latest', { mode });
      cost = image.stats.requests;
    });
    const url = `docker://${registry.host}/shapes/${shape}:latest`;
    const skopeo = await timed(6, async () => {
      await promisify(execFile)('skopeo', ['inspect', '-n', '--tls-verify=false', url]);
    });
    shown[name] = {
      requests: cost,
      p50Ms: rounded(percentile(times, 0.5)),
      skopeoP50Ms: rounded(percentile(skopeo, 0.5)),
    };
  }
  return shown;
}

async function timed(count: number, task: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const started = performance.now();
    await task();
    times.push(performance.now() - started);
  }
  return times;
}

const serveFlag = '--serve-heads';

const answerHead: RequestListener = (_request, response) => {
  response.writeHead(200, {
    'content-type': 'application/vnd.oci.image.manifest.v1+json',
    'content-length': 1234,
    'docker-content-digest': digest,
  });
  response.end();
};

/** The child process: answers HEADs, and tells how many connections were accepted since it was asked last. */
function serve(tlsJson: string): void {
  const tls = JSON.parse(tlsJson) as { certificate: string; key: string } | null;
  let accepted = 0;
  const server =
    tls === null
      ? createServer({ keepAliveTimeout: 60_000 }, answerHead)
      : createTlsServer(
          { cert: tls.certificate, key: tls.key, keepAliveTimeout: 60_000 },
          answerHead,
        );
  server.on('connection', () => {
    accepted += 1;
  });
  process.on('message', () => {
    process.send?.(accepted);
    accepted = 0;
  });
  process.once('disconnect', () => {
    process.exit(0);
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.((server.address() as AddressInfo).port);
  });
}

if (process.argv[2] === serveFlag) serve(process.argv[3] ?? 'null');
