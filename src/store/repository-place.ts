import { createHash } from 'node:crypto';

/**
 * Where in a period a repository has its turn, in milliseconds from the period's begin: the same in every process and
 * after every restart, and spread evenly over repositories. Periods that are multiples of one another keep the place.
 * @param repository `host/path`
 */
export function repositoryPlaceMs(repository: string, periodMs: number): number {
  return createHash('sha256').update(repository).digest().readUInt32BE() % periodMs;
}
