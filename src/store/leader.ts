import { reasonOf } from '#src/lib/clock.ts';

import type { Database } from './postgres/database.ts';

/** A free office is found within this time; a leader that lost its connection knows within it, too. */
const lookMs = 1_000;
/** PostgreSQL ends the session of a leader that was not heard of for so long, and with it the leadership. */
const silentMs = 10_000;

/** Leadership by PostgreSQL's advisory locks: of all processes on one database, one leads under a name. */
export class Leader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Runs `run` whenever this process leads under `name`. Its signal is aborted when the leadership is lost or `signal`
   * is; then it must return soon, and is run again after the next election.
   * Resolves when `signal` is aborted, or when `run` returns while it still leads.
   * @throws {Error} what `run` throws while it still leads
   */
  async withLeadership(
    name: string,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const { clock, logger, closing } = this.#database;
    const ended = AbortSignal.any([signal, closing]);
    while (!ended.aborted) {
      try {
        const isDone = await this.#term(name, ended, run);
        if (isDone) return;
      } catch (error) {
        if (error instanceof RunFailure) throw error.cause;
        logger.debug('leadership lost', { name, error });
      }
      // Not all candidates look at the same moment.
      await clock.sleep(lookMs * (0.5 + Math.random() / 2), ended).catch(() => undefined);
    }
  }

  /** One candidacy and, if it succeeds, one term; answers whether `run` came to its end. */
  async #term(
    name: string,
    ended: AbortSignal,
    run: (signal: AbortSignal) => Promise<void>,
  ): Promise<boolean> {
    const { clock, logger } = this.#database;
    const client = this.#database.dedicatedClient(`leader ${name}`, silentMs / 2);
    const term = new AbortController();
    const lose = (error?: Error): void =>
      term.abort(error ?? new Error('the connection was closed'));
    client.on('error', lose);
    client.on('end', () => lose());
    try {
      await client.connect();
      await client.query(`set idle_session_timeout = ${silentMs}`);
      const { rows } = await client.query<{ leads: boolean }>(
        'select pg_try_advisory_lock(hashtextextended($1, 0)) as leads',
        [`sluice.leader.${name}`],
      );
      if (rows[0]?.leads !== true) return false;
      logger.info('leading', { name });
      const signal = AbortSignal.any([ended, term.signal]);
      const running = run(signal).then(
        () => true,
        (error: unknown) => {
          if (signal.aborted) return false;
          throw new RunFailure('', { cause: error });
        },
      );
      const heartbeat = async (): Promise<void> => {
        while (!signal.aborted) {
          await clock.sleep(lookMs, signal);
          await client.query('select 1');
        }
      };
      heartbeat().catch((error: unknown) => lose(error instanceof Error ? error : undefined));
      const isDone = await running;
      if (term.signal.aborted) throw reasonOf(term.signal);
      return isDone;
    } finally {
      term.abort(new Error('the term is over'));
      await client.end().catch(() => undefined);
    }
  }
}

/** Tells what `run` threw from what the database threw. */
class RunFailure extends Error {}
