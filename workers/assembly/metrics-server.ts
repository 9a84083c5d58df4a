import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { MetricsSource } from '#src/apiserver/paths.ts';
import type { Logger } from '#src/lib/logger.ts';

export interface MetricsServerParts {
  readonly listen: { readonly host: string; readonly port: number };
  readonly source: MetricsSource;
  /** Fails when this process cannot do its work. */
  readonly ready: () => Promise<unknown>;
  readonly logger: Logger;
}

export interface MetricsServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/metrics`, `/livez` and `/readyz` over plain HTTP, for a process that has no API.
 * @throws {Error} when the address is taken
 */
export async function startMetricsServer(parts: MetricsServerParts): Promise<MetricsServer> {
  const { listen, logger } = parts;
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    answer(parts, request.method ?? '', path, response).catch((error: unknown) => {
      logger.warn('a scrape failed', { path, error });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  // Nobody sends a body, and a scraper is quick.
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { source, ready, logger }: MetricsServerParts,
  method: string,
  path: string,
  response: ServerResponse,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  if (path === '/metrics') {
    const { contentType, body } = await source();
    response.writeHead(200, { 'content-type': contentType }).end(body);
  } else if (path === '/livez') response.writeHead(200).end('ok');
  else if (path === '/readyz') {
    const isReady = await ready().then(
      () => true,
      (error: unknown) => {
        logger.warn('health check failed', { error });
        return false;
      },
    );
    response.writeHead(isReady ? 200 : 503).end(isReady ? 'ok' : 'not ready');
  } else response.writeHead(404).end();
}
