/** What keeps a request from being answered, and what the policy and the limits do not let through. */
import type { Limits } from '../net/limits.ts';
import { OciError, type ErrorContext } from './base.ts';

/** The network policy forbids the address. */
export class AddressRejectedError extends OciError {
  readonly code = 'NET_ADDRESS_REJECTED';
}

/** A redirect that leads nowhere or where no request may go, or is one too many. */
export class RedirectRejectedError extends OciError {
  readonly code = 'NET_REDIRECT_REJECTED';
}

/** The `Link` to the next page is no URL, or leads out of the list. */
export class LinkRejectedError extends OciError {
  readonly code = 'NET_LINK_REJECTED';
}

/** The settings block the registry; nothing was asked. */
export class RegistryBlockedError extends OciError {
  readonly code = 'POLICY_BLOCKED';
}

/** More than one of the {@link Limits} allows. */
export class LimitError extends OciError {
  readonly code = 'LIMIT_EXCEEDED';
  readonly limit: keyof Limits;
  readonly max: number;

  constructor(limit: keyof Limits, max: number, context: ErrorContext = {}) {
    super(`the limit ${limit} of ${max} is exceeded`, context);
    this.limit = limit;
    this.max = max;
  }
}

/** What was going on when the time was over. */
export type TimeoutPhase =
  | 'lane'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'headers'
  | 'body'
  | 'request'
  | 'operation';

/** It took longer than the limit of the phase, or of the whole. */
export class TimeoutError extends OciError {
  readonly code = 'TIMEOUT';
  readonly phase: TimeoutPhase;

  constructor(phase: TimeoutPhase, context: ErrorContext = {}) {
    super(`timeout (${phase})`, context, true);
    this.phase = phase;
  }
}

/** The name of the host was not resolved. */
export class DnsError extends OciError {
  readonly code = 'DNS';
}

/** No connection came about. */
export class ConnectError extends OciError {
  readonly code = 'CONNECT';
}

/** What was wrong with the certificate or the handshake. */
export type TlsReason = 'unknown-ca' | 'name' | 'expired' | 'client-cert' | 'not-tls' | 'protocol';

/** The connection could not be made secure. */
export class TlsError extends OciError {
  readonly code = 'TLS';
  readonly reason: TlsReason;

  constructor(message: string, reason: TlsReason, context: ErrorContext = {}) {
    super(message, context);
    this.reason = reason;
  }
}

/** The connection ended before the answer did. */
export class ConnectionLostError extends OciError {
  readonly code = 'CONNECTION_LOST';
}

/** What came is no HTTP. */
export class ProtocolError extends OciError {
  readonly code = 'PROTOCOL';
}

/** The caller gave up. */
export class AbortedError extends OciError {
  readonly code = 'ABORTED';
}
