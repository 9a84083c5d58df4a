import type { Socket } from 'node:net';
import type { Server } from 'node:https';

import { fastify, type FastifyInstance } from 'fastify';

import {
  badRequest,
  failure,
  methodNotAllowed,
  type Status,
  unknownPath,
} from '#src/meta/status.ts';

import { statusResponse } from './messages.ts';
import { sendResponse } from './send.ts';

/** Certificate and key in PEM. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** Whose client certificates are users; none are asked for when there is no authority at all. */
  readonly clientCa?: string;
  /** Whose client certificates are front proxies. */
  readonly requestHeaderCa?: string;
}

/** Bytes of a request body: what kube-apiserver takes. Release secrets of Helm come near 1 MiB. */
const maxBodyBytes = 3 * 1024 * 1024;

/** Longer than the 90 seconds for which Go clients keep an idle connection, so that it is never we who close it. */
const keepAliveTimeoutMs = 120_000;

export interface HttpServer {
  readonly app: FastifyInstance<Server>;
  readonly setTls: (tls: TlsMaterial) => void;
}

/** Fastify without the habits that break Kubernetes clients: every body is bytes, every failure is a Status. */
export function createHttpServer(tls: TlsMaterial): HttpServer {
  const app = fastify({
    https: secureOptions(tls),
    bodyLimit: maxBodyBytes,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Watches last; a slow upload is ended by the client or the proxy in front.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 8192, ignoreTrailingSlash: true },
    frameworkErrors: (error, _request, reply) => {
      reply.hijack();
      void sendResponse(reply.raw, statusResponse(frameworkStatus(error)));
    },
    clientErrorHandler: (error, socket) => {
      refuseMalformed(error, socket);
    },
  }) as unknown as FastifyInstance<Server>;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.setNotFoundHandler(async (_request, reply) => {
    reply.hijack();
    await sendResponse(reply.raw, statusResponse(methodNotAllowed()));
  });
  app.setErrorHandler(async (error, _request, reply) => {
    reply.hijack();
    await sendResponse(reply.raw, statusResponse(frameworkStatus(error)));
  });
  return {
    app,
    setTls: (next) => {
      app.server.setSecureContext(secureOptions(next));
    },
  };
}

function secureOptions(tls: TlsMaterial): {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
} {
  const authorities = [tls.clientCa ?? [], tls.requestHeaderCa ?? []].flat();
  return {
    cert: tls.cert,
    key: tls.key,
    minVersion: 'TLSv1.2',
    // A certificate that the CA did not sign is no error: the client may still have a token.
    ...(authorities.length === 0
      ? {}
      : { ca: authorities, requestCert: true, rejectUnauthorized: false }),
  };
}

function frameworkStatus(error: unknown): Status {
  const { statusCode = 500, message = 'unknown' } = error as {
    readonly statusCode?: number;
    readonly message?: string;
  };
  switch (statusCode) {
    case 404:
      return unknownPath();
    case 405:
      return methodNotAllowed();
    case 413:
      return failure(
        413,
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${maxBodyBytes}`,
      );
    case 415:
      return failure(415, 'UnsupportedMediaType', message);
    default:
      return statusCode < 500
        ? { ...badRequest(message), code: statusCode }
        : failure(500, 'InternalError', `Internal error occurred: ${message}`);
  }
}

function refuseMalformed(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const line = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const status = { ...badRequest('the request is malformed'), code: tooLarge ? 431 : 400 };
  const body = JSON.stringify(status);
  socket.end(
    `HTTP/1.1 ${line}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
