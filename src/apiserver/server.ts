import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';

import { shownTarget } from './audit/event.ts';
import type { AuditTrail } from './audit/trail.ts';
import type { Authenticator } from './authenticate/authenticator.ts';
import type { Authorizer } from './authorize/authorizer.ts';
import { Catalog } from './catalog.ts';
import { discoveryHandler } from './discovery/discovery.ts';
import { type HealthCheck, healthHandler } from './health.ts';
import { type ClientTimeouts, createHttpServer, type TlsMaterial } from './http/fastify.ts';
import { defaultInFlightLimits, InFlight, type InFlightLimits } from './http/in-flight.ts';
import type { ApiRequest } from './http/messages.ts';
import { handleRequest, type PathHandler } from './http/pipeline.ts';
import type { LegacyRoot } from './http/request-info.ts';
import { requestPath } from './http/request-path.ts';
import { sendResponse } from './http/send.ts';
import {
  metricsHandler,
  type MetricsSource,
  rootHandler,
  versionHandler,
  type VersionInfo,
} from './paths.ts';
import { openApiHandler } from './openapi/handler.ts';
import type { Resource } from './resource.ts';
import { PeerCertificates, type PeerIdentity } from './tls/peer-certificate.ts';

export interface ApiServerOptions {
  readonly resources: readonly Resource[];
  /** Asked in order; whoever none of them knows is anonymous, or gets 401 when there is an Authorization header. */
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  readonly tls: TlsMaterial;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly version: VersionInfo;
  /** Behind `/livez`, `/readyz` and `/healthz`; none but `ping` when absent. */
  readonly healthChecks?: readonly HealthCheck[];
  /** Behind `/metrics`, which is 404 when absent. */
  readonly metrics?: MetricsSource;
  /** Where it is written down who did what; nowhere when absent. */
  readonly audit?: AuditTrail;
  /** How many requests are worked on at once, the rest gets 429; kube-apiserver's numbers when absent. */
  readonly inFlight?: InFlightLimits;
  /** Milliseconds after which it is asked again whether a watch may go on; 30,000 when absent. */
  readonly recheckMs?: number;
  /** What slow clients get; see there for what holds when absent. */
  readonly clientTimeouts?: ClientTimeouts;
  /** Paths from before there were groups. */
  readonly legacyRoots?: readonly LegacyRoot[];
  /** Paths that everybody may have, whoever they say they are. */
  readonly openHandlers?: readonly PathHandler[];
  /** Further paths behind authentication and authorization. */
  readonly pathHandlers?: readonly PathHandler[];
  /** Paths that are served outside the API, with their own authentication. */
  readonly mounts?: readonly Mount[];
}

/** Everything below a prefix, as Node's own request and response, body unread. */
export interface Mount {
  /** `/v2/`: ends in a slash; the path without it belongs to it too. */
  readonly prefix: string;
  handle(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}

export interface ApiServer {
  /**
   * Begins to serve.
   * @param port 0 takes a free one
   * @returns the URL with the real port
   */
  listen(host: string, port: number): Promise<string>;
  /** Replaces certificate and key for new connections. */
  readonly setTls: (tls: TlsMaterial) => void;
  /** Ends all watches cleanly, answers what has begun, and stops. */
  close(): Promise<void>;
}

/** Why the work for a request is given up; one for all, since they say nothing of the request. */
const clientLeft = new Error('the client has left');
const serverStops = new Error('the server stops');

/** How long `close` waits for clients to read their answers, in milliseconds. */
const closeGraceMs = 5000;

/** The HTTPS server of the API: everything that kubectl, oc and client libraries ask of kube-apiserver. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const catalog = new Catalog(options.resources);
  const pipeline = {
    ...options,
    catalog,
    inFlight: new InFlight(options.inFlight ?? defaultInFlightLimits),
    pathHandlers: [
      healthHandler(options.healthChecks ?? [], options.logger),
      versionHandler(options.version),
      ...(options.metrics === undefined ? [] : [metricsHandler(options.metrics)]),
      discoveryHandler(catalog),
      openApiHandler(catalog, options.version.gitVersion),
      rootHandler(catalog),
      ...(options.pathHandlers ?? []),
    ],
  };
  const underway = new Set<AbortController>();
  let isStopping = false;
  const { app, setTls } = createHttpServer(options.tls, options.clientTimeouts);
  const peers = new PeerCertificates(options.tls);
  mountAll(app, options);
  app.all('*', async (request, reply) => {
    const started = options.clock.now();
    const audit = options.audit?.begin(request.raw, reply.raw);
    reply.hijack();
    const work = new AbortController();
    underway.add(work);
    // The end of the request is no sign: it comes as soon as the body is read.
    reply.raw.once('close', () => {
      underway.delete(work);
      if (!reply.raw.writableFinished) work.abort(clientLeft);
    });
    if (isStopping) work.abort(serverStops);
    const { signal } = work;
    const peer = peers.of(request.raw.socket as TLSSocket, started);
    const outcome = await handleRequest(pipeline, apiRequest(request, peer, signal));
    if (audit !== undefined && 'chunks' in outcome.response) audit('ResponseStarted', outcome);
    await sendResponse(reply.raw, outcome.response, signal).catch((error: unknown) => {
      options.logger.error('response failed', { method: request.method, error });
      reply.raw.destroy();
    });
    audit?.('ResponseComplete', outcome);
    options.logger.debug('request', {
      method: request.method,
      path: pathOf(request.raw.url),
      user: outcome.user?.username ?? '',
      status: outcome.response.status,
      ms: options.clock.now() - started,
    });
  });
  return {
    async listen(host, port): Promise<string> {
      await app.listen({ host, port });
      const { port: bound } = app.server.address() as AddressInfo;
      return `https://${host.includes(':') ? `[${host}]` : host}:${bound}`;
    },
    setTls(tls) {
      peers.setAuthorities(tls);
      setTls(tls);
    },
    async close(): Promise<void> {
      isStopping = true;
      for (const work of underway) work.abort(serverStops);
      const force = setTimeout(() => {
        app.server.closeAllConnections();
      }, closeGraceMs);
      await app.close();
      clearTimeout(force);
    },
  };
}

function apiRequest(request: FastifyRequest, peer: PeerIdentity, signal: AbortSignal): ApiRequest {
  const url = request.raw.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: request.method,
    path: requestPath(url) ?? '',
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: request.headers,
    rawHeaders: request.raw.rawHeaders,
    remoteAddress: request.raw.socket.remoteAddress ?? '',
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    ...peer,
    signal,
  };
}

function pathOf(url = '/'): string {
  return shownTarget(url.split('?', 1)[0] ?? '/');
}

function mountAll(app: FastifyInstance, { mounts = [], audit, logger }: ApiServerOptions): void {
  if (mounts.length === 0) return;
  app.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request.raw.url);
    const mount = mounts.find(({ prefix }) => `${path}/`.startsWith(prefix));
    if (mount === undefined) return;
    const done = audit?.begin(request.raw, reply.raw);
    reply.hijack();
    try {
      await mount.handle(request.raw, reply.raw);
    } catch (error) {
      logger.error('request failed', { method: request.method, path, error });
      if (reply.raw.headersSent) reply.raw.destroy();
      else reply.raw.writeHead(500).end();
    }
    if (!reply.raw.writableEnded && !reply.raw.destroyed) await once(reply.raw, 'close');
    done?.('ResponseComplete', {});
  });
}
