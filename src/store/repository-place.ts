import { createHash } from 'node:crypto';

/**
 * Where in a period a repository has its turn, in milliseconds from the period's begin: the same in every process and
 * after every restart, and spread evenly over repositories.
 * @param repository `host/path`
 */
export function repositoryPlaceMs(repository: string, periodMs: number): number {
  return createHash('sha256').update(repository).digest().readUInt32BE() % periodMs;
}

/** The first turn strictly after a moment, in milliseconds since the epoch. */
export function nextTurn(afterMs: number, periodMs: number, placeMs: number): number {
  const sinceTurn = (((afterMs - placeMs) % periodMs) + periodMs) % periodMs;
  return afterMs + periodMs - sinceTurn;
}
