import type { ImportAnswer, ImportRequest, ImportWorkerAtHand } from '#src/queue/import-request.ts';

import type { ImportDeps } from './deps.ts';
import { answerRequest } from './request-job.ts';

/**
 * The worker of this process as its API server uses it. What goes from hand to hand costs none of the writes of a row and
 * a job; whoever asks is in this process, so nothing is lost with it that a row would keep.
 */
export class WorkerAtHand implements ImportWorkerAtHand {
  #deps: ImportDeps | undefined;
  #most = 0;
  #underway = 0;

  /**
   * Takes requests from now on.
   * @param most how many at one time, besides the jobs of the queue
   */
  open(deps: ImportDeps, most: number): void {
    this.#deps = deps;
    this.#most = most;
  }

  take(request: ImportRequest, signal: AbortSignal): Promise<ImportAnswer> | undefined {
    const deps = this.#deps;
    if (deps === undefined || this.#underway >= this.#most) return undefined;
    return this.#answer(deps, request, signal);
  }

  async #answer(
    deps: ImportDeps,
    request: ImportRequest,
    signal: AbortSignal,
  ): Promise<ImportAnswer> {
    const startedAt = deps.clock.now();
    this.#underway += 1;
    try {
      const answer = await answerRequest(deps, request, signal);
      deps.metrics.finished('request', deps.clock.now() - startedAt);
      return answer;
    } finally {
      this.#underway -= 1;
    }
  }
}
