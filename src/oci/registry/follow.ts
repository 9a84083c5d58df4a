/** Redirects. The credential stays at the registry's origin and is lost for good outside of it. */
import { ServerError, UnauthorizedError } from '../errors/answers.ts';
import type { ErrorContext } from '../errors/base.ts';
import { LimitError } from '../errors/network.ts';
import { addressGuard } from '../net/guard.ts';
import type { Operation } from '../net/operation.ts';
import type { NetworkPolicy, ProxySettings } from '../net/policy.ts';
import { isRedirect, redirectTarget } from '../net/redirect.ts';
import type { RawResponse } from '../net/request.ts';
import { contextOf, type Wire } from '../net/wire.ts';
import { redactUrl } from '../text.ts';
import type { Core } from './core.ts';

interface Departure {
  readonly wire: Wire;
  readonly authorization: string | undefined;
  readonly operation: Operation;
}

interface Sent {
  /** With the credential that it went with. */
  readonly first: Wire;
  readonly wire: Wire;
  readonly operation: Operation;
}

/**
 * Sends, and goes where the answer leads.
 * @throws {RedirectRejectedError} when it may not go there
 * @throws {SignedUrlError} when the storage refuses what the registry signed
 */
export async function follow(
  core: Core,
  network: NetworkPolicy,
  { wire, authorization, operation }: Departure,
): Promise<RawResponse> {
  const first =
    authorization === undefined ? wire : { ...wire, headers: { ...wire.headers, authorization } };
  const response = await core.transport.exchange(first, operation);
  if (!isRedirect(response.status)) return response;
  return followFrom(core, network, { first, wire, operation }, response);
}

/** As `follow`, where the first answer is there already. */
export async function followFrom(
  core: Core,
  network: NetworkPolicy,
  { first, wire, operation }: Sent,
  answer: RawResponse,
): Promise<RawResponse> {
  const { transport, limits, options } = core;
  let response = answer;
  const isTrusted = network.redirectHosts === 'any' || transport.isPrivate(wire);
  const guard = addressGuard(network, isTrusted);
  let from = new URL(wire.origin + wire.path);
  let isOutside = false;
  for (let hops = 1; isRedirect(response.status); hops += 1) {
    if (hops > limits.redirects)
      throw new LimitError('redirects', limits.redirects, contextOf(wire));
    const target = redirectTarget(response.headers.location, from, network, contextOf(wire));
    isOutside ||= target.origin !== wire.origin;
    const next: Wire = isOutside
      ? { ...outside(wire, target, options.userAgent, network.proxy), guard }
      : { ...first, path: target.pathname + target.search };
    response = await transport.exchange(next, operation);
    from = target;
  }
  if (isOutside) checkOutside(response, from, wire);
  return response;
}

/** A request outside of the registry's origin carries nothing of the registry's. */
function outside(
  wire: Wire,
  target: URL,
  userAgent: string,
  commonProxy: ProxySettings | undefined,
): Omit<Wire, 'guard'> {
  const { accept } = wire.headers;
  const { method, limit, stream, attempt, kind, tls } = wire;
  const isSameHost = target.hostname === new URL(wire.origin).hostname;
  return {
    method,
    limit,
    attempt,
    kind,
    ...(stream !== undefined && { stream }),
    proxy: isSameHost ? wire.proxy : commonProxy,
    // A certificate of the registry's own authority may serve its storage on another port too.
    ...(isSameHost && tls !== undefined && { tls }),
    origin: target.origin,
    host: target.host,
    path: target.pathname + target.search,
    headers: {
      'user-agent': userAgent,
      'accept-encoding': 'identity',
      ...(accept !== undefined && { accept }),
    },
  };
}

function checkOutside({ status }: RawResponse, url: URL, wire: Wire): void {
  const context = { ...contextOf(wire), url: redactUrl(url), host: url.host };
  if (status === 401)
    throw new UnauthorizedError(
      'the redirect leads to where credentials are wanted',
      { status, errors: [], bodyKind: 'empty', bodyText: '' },
      context,
    );
  if (status === 400 || status === 403 || status === 410) throw new SignedUrlError(status, context);
}

/** Storage refused a URL that the registry had signed; such URLs expire. */
export class SignedUrlError extends Error {
  readonly #status: number;
  readonly #context: ErrorContext;

  constructor(status: number, context: ErrorContext) {
    super('the storage refused the redirect');
    this.#status = status;
    this.#context = context;
  }

  /** Nothing of the storage's answer is in it. */
  asServerError(retryable: boolean): ServerError {
    const details = { status: this.#status, errors: [], bodyKind: 'empty', bodyText: '' } as const;
    return new ServerError(this.message, details, this.#context, retryable);
  }
}
