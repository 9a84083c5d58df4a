import type { Client } from 'pg';

import { backoffMs } from '#src/lib/backoff.ts';

import type { Database } from './database.ts';

/** @param payload what was notified; `undefined` after the connection was lost, when anything may have been missed */
export type NotificationHandler = (payload: string | undefined) => void;

const channels = [
  'sluice_revision',
  'sluice_mailbox',
  'sluice_registry',
  'sluice_lesson',
  'sluice_content',
] as const;
export type Channel = (typeof channels)[number];

const reconnectBackoff = { baseMs: 50, capMs: 2_000 };
/** A connection that died without a word is found by asking. */
const heartbeatMs = 10_000;

/**
 * The process's one LISTEN connection. It is a hint, never the only way to learn something: whoever relies on it also
 * polls, because a notification may be lost with the connection and poolers may not pass them on.
 */
export class Notifications {
  readonly #database: Database;
  readonly #handlers = new Map<Channel, Set<NotificationHandler>>();
  #running: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Calls `handler` at each notification until the returned function is called. */
  subscribe(channel: Channel, handler: NotificationHandler): () => void {
    let handlers = this.#handlers.get(channel);
    if (handlers === undefined) this.#handlers.set(channel, (handlers = new Set()));
    handlers.add(handler);
    this.#running ??= this.#run();
    return () => handlers.delete(handler);
  }

  /** Resolves when the connection is closed; the database must be closing. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { closing, clock, logger } = this.#database;
    for (let attempt = 1; !closing.aborted; attempt += 1) {
      try {
        await this.#listen(() => {
          attempt = 0;
        });
      } catch (error) {
        if (closing.aborted) return;
        if (attempt <= 1) logger.warn('notification connection lost', { error });
      }
      const ms = backoffMs(reconnectBackoff, Math.max(1, attempt), Math.random);
      await clock.sleep(ms, closing).catch(() => undefined);
    }
  }

  async #listen(connected: () => void): Promise<void> {
    const { closing, clock } = this.#database;
    const client: Client = this.#database.dedicatedClient('notifications');
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => undefined);
    client.on('error', broken.reject);
    client.on('end', () => broken.reject(new Error('the connection was closed')));
    client.on('notification', ({ channel, payload }) => {
      const handlers = this.#handlers.get(channel as Channel);
      for (const handler of handlers ?? []) handler(payload ?? '');
    });
    try {
      await client.connect();
      await client.query(channels.map((channel) => `listen ${channel}`).join('; '));
      connected();
      for (const handlers of this.#handlers.values())
        for (const handler of handlers) handler(undefined);
      while (!closing.aborted) {
        await Promise.race([
          clock.sleep(heartbeatMs, closing).catch(() => undefined),
          broken.promise,
        ]);
        if (!closing.aborted) await client.query('select 1');
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
