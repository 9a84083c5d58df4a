import { randomUUID } from 'node:crypto';

import { reasonOf } from '#src/lib/clock.ts';

import type { Mailbox } from './mailbox.ts';
import type { Database } from './postgres/database.ts';
import { isUnavailable } from './postgres/errors.ts';
import type { Notifications } from './postgres/notifications.ts';
import { StoreError } from './store.ts';

const pollMs = 1_000;

/** The mailbox as a table; bodies are JSON. */
export class PostgresMailbox implements Mailbox {
  readonly #database: Database;
  readonly #notifications: Notifications;

  constructor(database: Database, notifications: Notifications) {
    this.#database = database;
    this.#notifications = notifications;
  }

  async post(request: unknown): Promise<string> {
    const id = randomUUID();
    // The id is ours, so posting twice is posting once.
    await this.#database.repeatable({
      name: 'sluice.mailbox.post',
      text: 'insert into sluice.mailbox (id, request) values ($1, $2) on conflict do nothing',
      values: [id, JSON.stringify(request)],
    });
    return id;
  }

  async read(id: string): Promise<unknown> {
    const [row] = await this.#database.repeatable<{ request: string }>({
      name: 'sluice.mailbox.read',
      text: 'select request from sluice.mailbox where id = $1 and answer is null',
      values: [id],
    });
    return row === undefined ? undefined : JSON.parse(row.request);
  }

  async unanswered(): Promise<string[]> {
    const rows = await this.#database.repeatable<{ id: string }>({
      text: 'select id from sluice.mailbox where answer is null order by posted_at',
      values: [],
    });
    return rows.map(({ id }) => id);
  }

  async answer(id: string, answer: unknown): Promise<void> {
    await this.#database.repeatable({
      name: 'sluice.mailbox.answer',
      text: `
        with answered as (
          update sluice.mailbox set answer = $2 where id = $1 and answer is null returning id
        ) select pg_notify('sluice_mailbox', id::text) from answered`,
      values: [id, JSON.stringify(answer)],
    });
  }

  async wait(id: string, signal: AbortSignal): Promise<unknown> {
    const waiting = new Waiting(id, this.#notifications, signal);
    try {
      while (!signal.aborted) {
        const taken = await this.#take(id);
        if (taken !== undefined) return taken.answer;
        await waiting.forHint();
      }
    } finally {
      waiting.end();
    }
    await this.#withdraw(id);
    throw reasonOf(signal);
  }

  /** The answer, if it is there; the row is kept until then. While the database is away there is none. */
  async #take(id: string): Promise<{ answer: unknown } | undefined> {
    try {
      const [row] = await this.#database.repeatable<{ answer: string | null }>({
        name: 'sluice.mailbox.take',
        text: 'select answer from sluice.mailbox where id = $1',
        values: [id],
      });
      if (row === undefined) throw new StoreError('KeyNotFound', `request ${id} is gone`);
      if (row.answer === null) return undefined;
      await this.#withdraw(id);
      return { answer: JSON.parse(row.answer) };
    } catch (error) {
      if (isUnavailable(error) && !this.#database.closing.aborted) return undefined;
      throw error;
    }
  }

  /** What cannot be removed now is removed when it is an hour old. */
  async #withdraw(id: string): Promise<void> {
    await this.#database
      .repeatable({
        name: 'sluice.mailbox.withdraw',
        text: 'delete from sluice.mailbox where id = $1',
        values: [id],
      })
      .catch((error: unknown) => this.#database.logger.debug('mailbox row stays', { error }));
  }
}

/** Removes requests that nobody waits for any more. */
export async function emptyMailbox(database: Database): Promise<void> {
  await database.repeatable({
    text: "delete from sluice.mailbox where posted_at < now() - interval '1 hour'",
  });
}

/** Waits for a notification about one request, or for the time to look anyway. */
class Waiting {
  readonly #signal: AbortSignal;
  readonly #unsubscribe: () => void;
  #hinted = false;
  #wake: (() => void) | undefined;

  constructor(id: string, notifications: Notifications, signal: AbortSignal) {
    this.#signal = signal;
    this.#unsubscribe = notifications.subscribe('sluice_mailbox', (payload) => {
      if (payload === undefined || payload === id) this.#hint();
    });
    signal.addEventListener('abort', this.#hint);
  }

  async forHint(): Promise<void> {
    if (!this.#hinted && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        const timer = setTimeout(resolve, pollMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#hinted = false;
  }

  end(): void {
    this.#unsubscribe();
    this.#signal.removeEventListener('abort', this.#hint);
  }

  readonly #hint = (): void => {
    this.#hinted = true;
    this.#wake?.();
  };
}
