/** Failures of Node and of the HTTP client in this client's words. */
import { OciError, type ErrorContext } from '../errors/base.ts';
import {
  ConnectError,
  ConnectionLostError,
  DnsError,
  ProtocolError,
  TimeoutError,
  TlsError,
  type TimeoutPhase,
  type TlsReason,
} from '../errors/network.ts';

const tlsReasons: Readonly<Record<string, TlsReason>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-ca',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-ca',
  CERT_UNTRUSTED: 'unknown-ca',
  ERR_TLS_CERT_ALTNAME_INVALID: 'name',
  HOSTNAME_MISMATCH: 'name',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not-tls',
  ERR_SSL_HTTP_REQUEST: 'not-tls',
};

const tlsTexts: Readonly<Record<TlsReason, string>> = {
  'unknown-ca': 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  name: 'tls: failed to verify certificate: x509: certificate is not valid for this host',
  expired: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  'client-cert': 'tls: the registry asks for a client certificate',
  'not-tls': 'the registry is HTTP only and requires the insecure flag',
  protocol: 'tls: the handshake failed',
};

const timeouts: Readonly<Record<string, TimeoutPhase>> = {
  UND_ERR_CONNECT_TIMEOUT: 'connect',
  ETIMEDOUT: 'connect',
  UND_ERR_HEADERS_TIMEOUT: 'headers',
  UND_ERR_BODY_TIMEOUT: 'body',
};

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
  EHOSTDOWN: 'host is down',
};

const lost: ReadonlySet<string> = new Set([
  'UND_ERR_SOCKET',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** The error that says what happened. What Node says is not passed on: it can quote bytes of the other side. */
export function failureOf(error: unknown, context: ErrorContext): OciError {
  if (error instanceof OciError) return error;
  const cause = codeOf(error);
  const where = cause === '' ? context : { ...context, cause };
  const phase = timeouts[cause];
  if (phase !== undefined) return new TimeoutError(phase, where);
  if (cause in unreachable) {
    const text = unreachable[cause] ?? '';
    return new ConnectError(`dial tcp ${context.host ?? ''}: connect: ${text}`, where, true);
  }
  if (/^(?:ENOTFOUND|ENODATA|EAI_|ESERVFAIL|EREFUSED)/u.test(cause)) return dnsError(cause, where);
  const reason = tlsReasonOf(cause);
  if (reason !== undefined) return new TlsError(tlsTexts[reason], reason, where);
  // undici's words for 101 and 100, which nobody asked for.
  if (error instanceof Error && /^bad (?:upgrade|response)$/u.test(error.message))
    return new ProtocolError('the answer is to another request', where);
  if (lost.has(cause)) return new ConnectionLostError('the connection was lost', where, true);
  return new ProtocolError('the answer is not HTTP', where);
}

/** Failures that a registry without TLS shows; never a certificate that is wrong. */
export function isNoTls(error: unknown): boolean {
  if (error instanceof TlsError) return error.reason === 'not-tls' || error.reason === 'protocol';
  if (error instanceof TimeoutError) return error.phase === 'tls' || error.phase === 'connect';
  return error instanceof ConnectError || error instanceof ConnectionLostError;
}

function dnsError(cause: string, context: ErrorContext): DnsError {
  const temporary = cause === 'EAI_AGAIN' || cause === 'ESERVFAIL';
  const text = temporary ? 'server misbehaving' : 'no such host';
  return new DnsError(`dial tcp: lookup ${context.host ?? ''}: ${text}`, context, temporary);
}

function tlsReasonOf(cause: string): TlsReason | undefined {
  const known = tlsReasons[cause];
  if (known !== undefined) return known;
  if (!/^ERR_(?:SSL|TLS)_/u.test(cause)) return undefined;
  return clientCertAlert.test(cause) ? 'client-cert' : 'protocol';
}

/** What servers say of the certificate that they were given, or not (RFC 8446, 6.2); `SSL/TLS_ALERT_…` in OpenSSL 3. */
const clientCertAlert =
  /BAD_CERTIFICATE|CERTIFICATE_(?:REQUIRED|UNKNOWN|EXPIRED|REVOKED)|ALERT_(?:HANDSHAKE_FAILURE|UNKNOWN_CA)/u;

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return codeOf(error.errors[0] as unknown);
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  const { code } = error;
  return typeof code === 'string' && /^[A-Z0-9_/]{1,64}$/u.test(code) ? code : '';
}
