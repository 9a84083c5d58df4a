import type { Clock } from '#src/lib/clock.ts';

import type { Target } from '../catalog.ts';
import type { ApiRequest, ApiResponse } from '../http/messages.ts';
import type { ResourceRequestInfo } from '../http/request-info.ts';
import type { RequestContext } from '../resource.ts';
import type { Recheck } from './while-allowed.ts';

/** One authorized request for one verb of one resource. */
export interface VerbCall {
  readonly request: ApiRequest;
  readonly info: ResourceRequestInfo;
  readonly target: Target;
  readonly context: RequestContext;
  /**
   * For verbs that make an object where there is none.
   * @throws {StatusError} 403 unless the user may create it
   */
  requireCreate(): Promise<void>;
  /** Milliseconds. */
  readonly now: number;
  readonly clock: Clock;
  /** For answers that last: whether whoever asks still may. */
  readonly recheck: Recheck;
}

/** Serves one verb; only called when the target's rest has it. @throws {StatusError} whatever the storage refuses */
export type VerbHandler = (call: VerbCall) => Promise<ApiResponse>;
