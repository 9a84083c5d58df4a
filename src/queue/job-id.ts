import { createHash } from 'node:crypto';

import type { CheckJob, ImportStreamJob } from './jobs.ts';

/**
 * Two jobs for the same work have the same id, and the queue keeps one of them. An id has no colon, which BullMQ
 * keeps for itself.
 */
export function streamJobId(job: ImportStreamJob): string {
  const { namespace, name, uid, generation, tags, attempt = 0, cause = '' } = job;
  const stream = [namespace, name, uid, generation].join('/');
  if (tags === undefined) return `stream/${stream}`;
  return `again/${stream}/${attempt}/${digest([cause, ...tags])}`;
}

/** @param claimedAt when the ledger gave the tags out; a later claim of the same tags is new work */
export function checkJobId({ host, tags }: CheckJob, claimedAt: number): string {
  const keys = tags.map(({ uid, tag }) => `${uid}/${tag}`);
  return `check/${digest([host, ...keys])}/${claimedAt}`;
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
