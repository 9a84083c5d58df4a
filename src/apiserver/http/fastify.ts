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

/** Bytes of all headers of a request: tokens that name many groups come near 16 KiB, which is Node's own limit. */
const maxHeaderBytes = 32 * 1024;

/**
 * How long a client may take, in milliseconds. What comes slower is a way to hold connections. The answer has no such
 * limit: watches last.
 */
export interface ClientTimeouts {
  readonly handshake: number;
  readonly headers: number;
  /** The whole request with its body. */
  readonly request: number;
  /** Time between two looks at who is too slow. */
  readonly checkEvery: number;
}

export const defaultClientTimeouts: ClientTimeouts = {
  handshake: 10_000,
  headers: 15_000,
  request: 60_000,
  checkEvery: 5_000,
};

/** TLS 1.3, and of TLS 1.2 what has forward secrecy and authenticated encryption (RFC 9325 4.2). */
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

export interface HttpServer {
  readonly app: FastifyInstance<Server>;
  readonly setTls: (tls: TlsMaterial) => void;
}

/** Fastify without the habits that break Kubernetes clients: every body is bytes, every failure is a Status. */
export function createHttpServer(
  tls: TlsMaterial,
  timeouts: ClientTimeouts = defaultClientTimeouts,
): HttpServer {
  const app = fastify({
    https: {
      ...secureOptions(tls),
      handshakeTimeout: timeouts.handshake,
      headersTimeout: timeouts.headers,
      connectionsCheckingInterval: timeouts.checkEvery,
      maxHeaderSize: maxHeaderBytes,
    },
    bodyLimit: maxBodyBytes,
    keepAliveTimeout: keepAliveTimeoutMs,
    requestTimeout: timeouts.request,
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
  // All of them: Node drops silently what is beyond a count, and one that is dropped might have said "as somebody else".
  app.server.maxHeadersCount = 0;
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
      // They were let in by the old authority; those with a request under way end with it.
      app.server.closeIdleConnections();
    },
  };
}

function secureOptions(tls: TlsMaterial): {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
  readonly ciphers: string;
  readonly honorCipherOrder: boolean;
} {
  const authorities = [tls.clientCa ?? [], tls.requestHeaderCa ?? []].flat();
  return {
    cert: tls.cert,
    key: tls.key,
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: true,
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
  const isHttp = error.code?.startsWith('HPE_') === true || error.code === requestTimeoutCode;
  // Before the end of a handshake nothing can be said, and the socket would wait for ever to say it.
  if (!isHttp || !socket.writable) {
    socket.destroy();
    return;
  }
  const { code, line, message } = malformed[error.code ?? ''] ?? malformedOtherwise;
  const body = JSON.stringify({ ...badRequest(message), code });
  socket.end(
    `HTTP/1.1 ${code} ${line}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  setTimeout(() => socket.destroy(), lastWordsMs).unref();
}

/** A client that is sent away gets so long to read why, in milliseconds. */
const lastWordsMs = 2_000;
const requestTimeoutCode = 'ERR_HTTP_REQUEST_TIMEOUT';

interface Refusal {
  readonly code: number;
  readonly line: string;
  readonly message: string;
}

const malformedOtherwise: Refusal = {
  code: 400,
  line: 'Bad Request',
  message: 'the request is malformed',
};

/** By Node's code of the error. */
const malformed: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    code: 431,
    line: 'Request Header Fields Too Large',
    message: `the headers of the request are longer than ${maxHeaderBytes} bytes`,
  },
  [requestTimeoutCode]: {
    code: 408,
    line: 'Request Timeout',
    message: 'the request did not come in time',
  },
};
