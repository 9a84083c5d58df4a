import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Logger } from '#src/lib/logger.ts';
import {
  badRequest,
  failure,
  methodNotAllowed,
  type Status,
  unauthorized,
  unknownPath,
} from '#src/meta/status.ts';

import { isEnvelopeType, pushedTags } from './envelope.ts';
import { Hastener, type HastenerOptions } from './hastener.ts';
import { readBody } from './read-body.ts';

export interface ReceiverOptions extends HastenerOptions {
  /** What registries show as bearer token. */
  readonly token: string;
}

/** The endpoint that registries report pushes to. */
export interface NotificationReceiver {
  /** Answers one request. Never throws. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  close(): Promise<void>;
}

/** Where registries report to, on the server's own address. */
export const notificationsPath = '/registry/notifications';

/** Bytes of an envelope: the event of an index may repeat it, and a registry takes manifests of 4 MiB. */
const maxBodyBytes = 5 * 1024 * 1024;

/**
 * Receives the notifications of distribution registries (`notifications.endpoints` of registry:2). A push of a tag makes
 * the scheduled tags that follow it due at once; what it points to is asked of the registry, never taken from the event.
 * The query parameter `host`, as often as needed, says under which names pull specs know the registry, beside the name
 * that the push itself used.
 *
 * It answers 202 when the ledger knows, 503 when the database is away (the registry tries again), else a refusal.
 */
export function createNotificationReceiver(options: ReceiverOptions): NotificationReceiver {
  const expected = hashOf(options.token);
  const hastener = new Hastener(options);
  return {
    async handle(request, response): Promise<void> {
      const url = new URL(request.url ?? '/', 'https://server');
      const refused = refusal(request, url.pathname, expected) ?? (await take(url));
      answer(response, refused);

      async function take({ searchParams }: URL): Promise<Status | undefined> {
        const body = await readBody(request, maxBodyBytes);
        if (body === 'gone') return badRequest('the request was not finished');
        if (body === 'too large') return tooLarge();
        const pushed = pushedTags(body.toString('utf8'), searchParams.getAll('host'));
        if (pushed === undefined) return badRequest('the body is no envelope of registry events');
        return noted(hastener, pushed, options.logger);
      }
    },
    close: () => hastener.close(),
  };
}

async function noted(
  hastener: Hastener,
  pushed: Parameters<Hastener['hasten']>[0],
  logger: Logger,
): Promise<Status | undefined> {
  try {
    await hastener.hasten(pushed);
    return undefined;
  } catch (error) {
    logger.warn('a notification could not be noted', { error });
    return failure(503, 'ServiceUnavailable', 'the database is away; send the notification again');
  }
}

/** Why a request is not read at all. */
function refusal(request: IncomingMessage, path: string, expected: Buffer): Status | undefined {
  if (path.replace(/\/$/, '') !== notificationsPath) return unknownPath();
  const [, token] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined || !timingSafeEqual(hashOf(token), expected)) return unauthorized('');
  if (request.method !== 'POST') return methodNotAllowed();
  const contentType = request.headers['content-type'] ?? '';
  if (!isEnvelopeType(contentType))
    return failure(415, 'UnsupportedMediaType', 'the body is no envelope of registry events');
  return undefined;
}

function answer(response: ServerResponse, refused: Status | undefined): void {
  if (response.destroyed) return;
  if (refused === undefined) {
    response.writeHead(202, { 'content-length': 0 }).end();
    return;
  }
  const body = Buffer.from(JSON.stringify(refused));
  response.writeHead(refused.code ?? 500, {
    'content-type': 'application/json',
    'content-length': body.length,
    ...(refused.code === 401 && { 'www-authenticate': 'Bearer realm="sluice"' }),
    ...(refused.code === 405 && { allow: 'POST' }),
    // What may still come of the body is not read.
    connection: 'close',
  });
  response.end(body);
}

function tooLarge(): Status {
  const message = `Request entity too large: limit is ${maxBodyBytes}`;
  return failure(413, 'RequestEntityTooLarge', message);
}

/** Compared as hashes, so that how long it takes tells nothing about the token, not even its length. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
