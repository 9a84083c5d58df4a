/** Error answers in this client's words. */
import { STATUS_CODES } from 'node:http';

import { parseJson } from '../content/json.ts';
import {
  ForbiddenError,
  HttpStatusError,
  NotFoundError,
  RateLimitedError,
  ServerError,
  UnauthorizedError,
  type HttpStatusDetails,
  type RegistryErrorEntry,
} from '../errors/answers.ts';
import type { ErrorContext } from '../errors/base.ts';
import { mediaTypeOf } from '../ref/media-type.ts';
import { cleanText } from '../text.ts';
import { rateInfo } from './rate.ts';
import type { RawResponse } from './request.ts';
import { isTemporaryStatus, parseRetryAfter } from './retry.ts';

/** How long a host is left alone that says 429 and no time. */
const defaultPauseMs = 30_000;
const maxEntries = 8;
const maxDepth = 32;

const notFoundCodes: Readonly<Record<string, NotFoundError['what']>> = {
  MANIFEST_UNKNOWN: 'manifest',
  NAME_UNKNOWN: 'repository',
  NAME_INVALID: 'repository',
  BLOB_UNKNOWN: 'blob',
};

/**
 * The error of an answer with an error status.
 * @param pauseInText where a 429 without `Retry-After` says how long it wants to be left alone
 */
export function statusError(
  response: RawResponse,
  context: ErrorContext,
  now: number,
  pauseInText?: RegExp,
): HttpStatusError {
  const details = detailsOf(response);
  const code = details.errors[0]?.code ?? '';
  const { status } = response;
  if (status === 429 || code === 'TOOMANYREQUESTS')
    return rateLimited(response, details, context, { now, pauseInText });
  const message = messageOf(details);
  const retryable = isTemporaryStatus(status);
  if (status >= 500) return new ServerError(message, details, context, retryable);
  switch (meaningOf(status, code)) {
    case 'unauthorized':
      return new UnauthorizedError(message, details, context);
    case 'forbidden':
      return new ForbiddenError(message, details, context);
    case 'not-found': {
      const error = new NotFoundError(message, details, context);
      error.what = notFoundCodes[code] ?? 'unknown';
      error.confirmed = context.method !== 'HEAD';
      return error;
    }
    case 'other':
    default:
      return new HttpStatusError(message, details, context, retryable);
  }
}

/** The status counts; the code in the body only where the status says nothing of its own. */
function meaningOf(
  status: number,
  code: string,
): 'unauthorized' | 'forbidden' | 'not-found' | 'other' {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (code === 'UNAUTHORIZED') return 'unauthorized';
  if (code === 'DENIED') return 'forbidden';
  return Object.hasOwn(notFoundCodes, code) ? 'not-found' : 'other';
}

function rateLimited(
  response: RawResponse,
  details: HttpStatusDetails,
  context: ErrorContext,
  { now, pauseInText }: { readonly now: number; readonly pauseInText: RegExp | undefined },
): RateLimitedError {
  const error = new RateLimitedError(messageOf(details), details, context, true);
  const text = `${details.bodyText} ${details.errors.map(({ message }) => message).join(' ')}`;
  const pause = response.headers['retry-after'] ?? pauseInText?.exec(text)?.[1];
  const until = parseRetryAfter(singleHeader(pause), now);
  error.asked = until !== undefined;
  error.retryAt = new Date(until ?? now + defaultPauseMs);
  error.rate = rateInfo(response.headers);
  // Docker Hub has two: the pull quota's JSON, and plain text for whoever asks too fast.
  if (/rate-limit|pull rate limit|quota/iu.test(text)) error.scope = 'pull-quota';
  else if (details.bodyKind === 'text') error.scope = 'abuse';
  return error;
}

function messageOf({ status, errors, bodyKind, bodyText }: HttpStatusDetails): string {
  const [first] = errors;
  if (first !== undefined)
    return `${first.code.toLowerCase().replaceAll('_', ' ')}: ${first.message}`;
  const name = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  if (status >= 500) return `received unexpected HTTP status: ${name}`;
  const said = bodyKind === 'text' && bodyText !== '' ? `: ${bodyText}` : '';
  return `the registry answered ${name}${said}`;
}

function detailsOf({ status, headers, body }: RawResponse): HttpStatusDetails {
  const type = mediaTypeOf(headers['content-type']);
  if (body.length === 0) return { status, errors: [], bodyKind: 'empty', bodyText: '' };
  const document = jsonOf(body);
  if (document !== undefined) {
    const errors = entriesOf(document, status >= 500);
    return { status, errors, bodyKind: 'json', bodyText: '' };
  }
  const text = Buffer.from(body.subarray(0, 2048)).toString('utf8');
  // Pages and storage answers are for browsers and operators; nothing of them is shown.
  if (/html|xml/u.test(type) || /^\s*<[!?a-zA-Z]/u.test(text))
    return { status, errors: [], bodyKind: 'html', bodyText: '' };
  return { status, errors: [], bodyKind: 'text', bodyText: withoutPaths(cleanText(text)) };
}

function jsonOf(body: Uint8Array): unknown {
  const first = body.find((byte) => byte > 0x20);
  if (first !== 0x7b && first !== 0x5b) return undefined;
  try {
    return parseJson(body, { maxDepth });
  } catch {
    return undefined;
  }
}

function entriesOf(document: unknown, isServerError: boolean): RegistryErrorEntry[] {
  const errors = isObject(document) ? document['errors'] : undefined;
  if (!Array.isArray(errors)) return [];
  return errors
    .slice(0, maxEntries)
    .filter(isObject)
    .map((entry) => {
      const { code, message, detail } = entry;
      const shown = detailOf(detail, isServerError);
      return {
        code: typeof code === 'string' && /^\w{1,64}$/u.test(code) ? code.toUpperCase() : 'UNKNOWN',
        message: typeof message === 'string' ? withoutPaths(cleanText(message)) : '',
        ...(shown !== undefined && { detail: shown }),
      };
    });
}

/** Details of a server's own faults name its disks (registry:2 does). */
function detailOf(detail: unknown, isServerError: boolean): string | undefined {
  if (isServerError || detail === undefined || detail === null) return undefined;
  const text = typeof detail === 'string' ? detail : JSON.stringify(detail);
  return withoutPaths(cleanText(text));
}

/** Absolute paths of the server's file system. */
function withoutPaths(text: string): string {
  return text.replace(/(^|[\s"'=(:])\/(?:[\w.@-]+\/){2,}[\w.@-]*/gu, '$1…');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A header that may come once: two values contradict each other, so neither counts. */
export function singleHeader(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
