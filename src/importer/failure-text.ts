/** What messages of failed imports say, in the words of OpenShift's importer and of the distribution library under it. */
import { STATUS_CODES } from 'node:http';
import { rfc3339 } from '#src/lib/clock.ts';
import {
  HttpStatusError,
  NotFoundError,
  RateLimitedError,
  ServerError,
} from '#src/oci/errors/answers.ts';
import type { OciError } from '#src/oci/errors/base.ts';
import {
  DigestMismatchError,
  NoMatchingPlatformError,
  UnsupportedManifestError,
} from '#src/oci/errors/content.ts';
import { ConnectError, DnsError, TimeoutError, TlsError } from '#src/oci/errors/network.ts';

/** The text of a failure at a registry. */
export function failureText(error: OciError, insecure: boolean): string {
  if (error instanceof HttpStatusError) return answerText(error);
  if (error instanceof DigestMismatchError && error.source !== 'header')
    return (
      `content integrity error: the manifest retrieved with digest ${error.expected} ` +
      `does not match the digest calculated from the content ${error.actual}`
    );
  const question = questionOf(error, insecure);
  const text =
    error instanceof TlsError && error.reason === 'not-tls'
      ? 'http: server gave HTTP response to HTTPS client'
      : error.message;
  return question === '' ? text : `${question}: ${text}`;
}

/** The text of a failure of the image itself, which stands without its name; undefined for failures of other kinds. */
export function imageFailureText(error: OciError): string | undefined {
  if (error instanceof UnsupportedManifestError)
    return `unsupported image manifest type: ${error.mediaType}`;
  return error instanceof NoMatchingPlatformError ? 'no manifests in manifest list' : undefined;
}

/** `Get "https://host/v2/"`: before anything else a registry is asked whether it is one. Empty once it has answered. */
function questionOf(error: OciError, insecure: boolean): string {
  const { host } = error.context;
  const isUnreached =
    error instanceof TlsError ||
    error instanceof ConnectError ||
    error instanceof DnsError ||
    (error instanceof TimeoutError && unreachedPhases.has(error.phase));
  if (!isUnreached || host === undefined) return '';
  const scheme = insecure && !(error instanceof TlsError) ? 'http' : 'https';
  return `Get "${scheme}://${host}/v2/"`;
}

const unreachedPhases: ReadonlySet<string> = new Set(['dns', 'connect', 'tls']);

function answerText(error: HttpStatusError): string {
  const { status, errors } = error;
  if (error instanceof RateLimitedError && error.asked && error.bodyKind === 'empty')
    return `toomanyrequests: the registry asked for a pause until ${rfc3339(error.retryAt.getTime())}`;
  if (error instanceof ServerError)
    return `received unexpected HTTP status: ${status} ${STATUS_CODES[status] ?? ''}`.trim();
  const isBlob = error.context.url?.includes('/blobs/') === true;
  if (error instanceof NotFoundError && isBlob) return 'unknown blob';
  const [first, ...others] = errors.map(({ code, message }) => {
    const name = code.toLowerCase().replaceAll('_', ' ');
    return message === '' ? name : `${name}: ${message}`;
  });
  if (first === undefined) return unreadableText(error);
  // Several stand one a line, as the distribution library joins them.
  return others.length === 0 ? first : `errors:\n${[first, ...others].join('\n')}\n`;
}

/** An error without the document that the specification asks for. */
function unreadableText({ status, bodyKind, bodyText }: HttpStatusError): string {
  const start = `error parsing HTTP ${status} response body`;
  switch (bodyKind) {
    case 'json':
      return `${start}: no error details found in HTTP response body`;
    case 'empty':
      return `${start}: unexpected end of JSON input: ""`;
    // Nothing of a page is shown.
    case 'html':
      return `${start}: invalid character '<' looking for beginning of value`;
    case 'text':
    default:
      return `${start}: ${jsonProblem(bodyText)}: ${JSON.stringify(bodyText)}`;
  }
}

/** What a JSON reader says of a text: a number at its start is a value, after which nothing may come. */
function jsonProblem(text: string): string {
  const number = /^-?\d+(?:\.\d+)?\s*/u.exec(text)?.[0] ?? '';
  const character = text.charAt(number.length);
  return number === ''
    ? `invalid character '${character}' looking for beginning of value`
    : `invalid character '${character}' after top-level value`;
}
