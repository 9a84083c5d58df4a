import { badRequest, internalError, StatusError, unknownPath } from '#src/meta/status.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import { withoutCredentials } from '#src/lib/redact.ts';
import { sharingLooks } from '#src/store/shared-looks.ts';

import { anonymousUser, authenticate, type Authenticator } from '../authenticate/authenticator.ts';
import type { Attributes, Authorizer } from '../authorize/authorizer.ts';
import { requireAllowed } from '../authorize/forbidden.ts';
import type { Catalog } from '../catalog.ts';
import type { UserInfo } from '../resource.ts';
import { dispatch } from '../verbs/dispatch.ts';
import { attributesOf } from './attributes.ts';
import type { InFlight } from './in-flight.ts';
import { type ApiRequest, type ApiResponse, statusResponse } from './messages.ts';
import { withoutIdentity } from './credentials.ts';
import { impersonated } from './impersonation.ts';
import { type LegacyRoot, resourceRequestInfo, type ResourceRequestInfo } from './request-info.ts';

/** Serves a path that is not about resources; `undefined` when the path is not its. */
export type PathHandler = (request: ApiRequest) => Promise<ApiResponse | undefined>;

export interface PipelineOptions {
  readonly catalog: Catalog;
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  /** Asked in order before anybody is asked who they are: what everybody may have, and where one logs in. */
  readonly openHandlers?: readonly PathHandler[];
  /** Asked in order for paths that are no resources. */
  readonly pathHandlers: readonly PathHandler[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly inFlight: InFlight;
  readonly legacyRoots?: readonly LegacyRoot[];
  /** Milliseconds after which it is asked again whether a watch may go on; 30,000 when absent. */
  readonly recheckMs?: number;
}

const defaultRecheckMs = 30_000;

/** What a request came to, for the logs. */
export interface Outcome {
  readonly response: ApiResponse;
  /** Who asked, as far as it is known. */
  readonly user?: UserInfo;
  /** As whom they asked, when it is somebody else. */
  readonly impersonatedUser?: UserInfo;
  readonly info?: ResourceRequestInfo;
  /** Whether they may; absent when nobody was asked. */
  readonly decision?: 'allow' | 'forbid';
  readonly reason?: string;
}

type Draft = { -readonly [Key in keyof Omit<Outcome, 'response'>]: Outcome[Key] };

/**
 * From request to answer: who asks, may they, and then what they asked for. Never throws. All that it reads is at least as
 * new as the request.
 */
export async function handleRequest(
  options: PipelineOptions,
  request: ApiRequest,
): Promise<Outcome> {
  return sharingLooks(() => outcomeOf(options, request));
}

async function outcomeOf(options: PipelineOptions, request: ApiRequest): Promise<Outcome> {
  const draft: Draft = {};
  try {
    return Object.assign(draft, { response: await answered(options, request, draft) });
  } catch (error) {
    return Object.assign(draft, { response: failureResponse(options.logger, request, error) });
  }
}

async function answered(
  options: PipelineOptions,
  request: ApiRequest,
  draft: Draft,
): Promise<ApiResponse> {
  const info = requestInfoOf(options, request);
  const open = info === undefined ? await openAnswer(options, request) : undefined;
  if (open !== undefined) return open;
  if (info !== undefined) draft.info = info;
  const sender = await authenticate(options.authenticators, request);
  draft.user = sender;
  const user = await impersonated(options.authorizer, request, sender);
  if (user !== sender) draft.impersonatedUser = user;
  return options.inFlight.run(request, user, info, async () => {
    draft.decision = 'forbid';
    const { attributes, reason } = await allowed(options, request, user, info);
    Object.assign(draft, { decision: 'allow', reason });
    return allowedRequest(options, request, attributes, info);
  });
}

/** The answer that everybody may have; whoever asks is a stranger still. */
async function openAnswer(
  { openHandlers = [], inFlight }: PipelineOptions,
  request: ApiRequest,
): Promise<ApiResponse | undefined> {
  if (openHandlers.length === 0) return undefined;
  return inFlight.run(request, anonymousUser, undefined, () => firstAnswer(openHandlers, request));
}

/** @throws {StatusError} 400 when the target of the request names nothing */
function requestInfoOf(
  { legacyRoots }: PipelineOptions,
  request: ApiRequest,
): ResourceRequestInfo | undefined {
  if (request.path === '')
    throw new StatusError(
      badRequest(
        'the path is not valid: it has broken percent-encoding, a segment "." or "..", or a segment with a slash, backslash or control character in it',
      ),
    );
  return resourceRequestInfo(request, legacyRoots);
}

async function allowedRequest(
  options: PipelineOptions,
  request: ApiRequest,
  attributes: Attributes,
  info: ResourceRequestInfo | undefined,
): Promise<ApiResponse> {
  if (info !== undefined) {
    const recheck = {
      everyMs: options.recheckMs ?? defaultRecheckMs,
      // What is asked again later must see what was written since.
      check: async () =>
        sharingLooks(async () => {
          const sender = await authenticate(options.authenticators, request);
          const again = await impersonated(options.authorizer, request, sender);
          await allowed(options, request, again, info);
        }),
    };
    return dispatch({ ...options, recheck }, withoutIdentity(request), info, attributes);
  }
  const response = await firstAnswer(options.pathHandlers, withoutIdentity(request));
  if (response === undefined) throw new StatusError(unknownPath());
  return response;
}

async function firstAnswer(
  handlers: readonly PathHandler[],
  request: ApiRequest,
): Promise<ApiResponse | undefined> {
  for (const handler of handlers) {
    const response = await handler(request);
    if (response !== undefined) return response;
  }
  return undefined;
}

/** @throws {StatusError} 403 when the user may not do what the request asks for */
async function allowed(
  { authorizer, catalog }: Pick<PipelineOptions, 'authorizer' | 'catalog'>,
  request: ApiRequest,
  user: UserInfo,
  info: ResourceRequestInfo | undefined,
): Promise<{ readonly attributes: Attributes; readonly reason: string }> {
  const attributes = attributesOf(catalog, request, user, info);
  return { attributes, reason: await requireAllowed(authorizer, attributes) };
}

/** The one crossing from what was thrown to what is answered. */
function failureResponse(logger: Logger, request: ApiRequest, error: unknown): ApiResponse {
  if (error instanceof StatusError) return statusResponse(error.status);
  if (isTooDeep(error)) return statusResponse(badRequest('the object is nested too deeply'));
  if (!request.signal.aborted)
    logger.error('request failed', { method: request.method, path: request.path, error });
  // Whose message it is nobody knows: a driver's may name the database with its password.
  const message = error instanceof Error ? withoutCredentials(error.message) : 'unknown';
  return statusResponse(internalError(message));
}

/** Only a body can be nested so deeply that walking through it exhausts the stack. */
function isTooDeep(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}
