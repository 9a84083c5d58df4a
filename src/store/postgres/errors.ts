import { DatabaseError } from 'pg';

import { StoreError } from '../store.ts';

/**
 * SQLSTATEs that say "not now" rather than "never": connection lost (08), server stopping or starting, administrator
 * ended the session (57P), too many connections or out of memory or disk (53), statement or idle timeout (57014, 25P03),
 * deadlock or serialization (40), a standby that has not been promoted yet (25006).
 */
const passing = /^(08|53|40|57P)|^(57014|25P0[34]|25006)$/;

/**
 * The one translation of what the driver throws: `Unavailable` when the database is away or overloaded, else the error itself.
 */
export function toStoreError(error: unknown): Error {
  if (error instanceof StoreError) return error;
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof DatabaseError && !passing.test(error.code ?? '')) return error;
  return new StoreError(
    'Unavailable',
    `the database is not available: ${messageOf(error)}`,
    undefined,
    {
      cause: error,
    },
  );
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'Unavailable';
}

/** Node's failed connection attempts to several addresses come as an AggregateError without a message. */
function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  return error instanceof AggregateError ? error.errors.map(String).join(', ') : error.name;
}
