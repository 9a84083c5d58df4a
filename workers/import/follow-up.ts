import { scheduledTags } from '#src/domain/import-plan.ts';
import { referenceOf, registryHost } from '#src/domain/reference.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { identityOf } from '#src/controllers/streams.ts';
import { present } from '#src/lib/present.ts';
import { retryPauseMs } from '#src/queue/retry.ts';

import { registryLabel } from '../metrics/gauges.ts';
import { accessOf } from './access.ts';
import type { Asked, AskedTag } from './ask.ts';
import type { ImportDeps } from './deps.ts';

/**
 * What is left to do when an import is on record: have another try queued where a registry failed for a while, tell the
 * schedule what was seen, and count.
 * @param attempt how many retries came before this import
 */
export async function followUp(
  deps: ImportDeps,
  stream: ImageStream,
  asked: Asked,
  attempt: number,
): Promise<void> {
  count(deps, asked.tags);
  await noteDigests(deps, stream, asked.tags);
  await queueRetry(deps, stream, asked, attempt);
}

/** Counts what became of tags. */
export function count({ metrics }: ImportDeps, tags: readonly AskedTag[]): void {
  for (const { from, scheduled, outcome } of tags) {
    const { status } = outcome;
    metrics.imported({
      registry: registryOf(from),
      scheduled,
      ...(status.status === 'Success' ? {} : { reason: status.reason ?? 'Unknown' }),
    });
  }
}

/** The registry of a pull spec as metrics name it. */
export function registryOf(from: string): string {
  const reference = referenceOf(from);
  if (reference === undefined) return 'invalid';
  return registryLabel(registryHost(reference));
}

/** The next check of a scheduled tag compares with what this import saw, and comes a period from now. */
async function noteDigests(
  { ledger }: ImportDeps,
  stream: ImageStream,
  tags: readonly AskedTag[],
): Promise<void> {
  const scheduled = new Set(scheduledTags(stream).map(({ name }) => name));
  const identity = identityOf(stream);
  const checks = tags.flatMap(({ tag, outcome }) => {
    const { upstreamDigest, upstreamEtag, upstreamAcceptProfile } = outcome;
    if (upstreamDigest === undefined || !scheduled.has(tag)) return [];
    return [
      {
        ...identity,
        tag,
        digest: upstreamDigest,
        candidates: [],
        ...present({
          etag: upstreamEtag,
          acceptProfile: upstreamAcceptProfile,
          access: accessOf(outcome),
        }),
      },
    ];
  });
  // A tag that the controller has not entered yet is compared with nothing, and imported, at its first check.
  await ledger.record(checks);
}

async function queueRetry(
  { queue, logger }: ImportDeps,
  stream: ImageStream,
  { tags, listAgainMs }: Asked,
  attempt: number,
): Promise<void> {
  const failed = tags.filter(({ outcome }) => outcome.temporary === true);
  if (failed.length === 0 && listAgainMs === undefined) return;
  const pauses = failed.map(({ outcome }) => outcome.retryAfterMs ?? 0);
  const retryAfterMs = Math.max(listAgainMs ?? 0, 0, ...pauses);
  const delayMs = retryPauseMs(attempt, retryAfterMs, Math.random);
  const identity = identityOf(stream);
  if (delayMs === undefined) {
    logger.warn('registry failed too often; the tags stay failed', { ...identity, attempt });
    return;
  }
  const job = {
    ...identity,
    generation: stream.metadata.generation ?? 0,
    tags: failed.map(({ tag }) => tag),
    attempt: attempt + 1,
  };
  await queue.enqueueStream(job, { delayMs });
}
