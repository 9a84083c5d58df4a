import { randomUUID } from 'node:crypto';

import { withinMs } from '#src/lib/within.ts';

import type { ContentClaim, ContentKey, Contents } from './contents.ts';
import type { Database } from './postgres/database.ts';
import type { Notifications } from './postgres/notifications.ts';

/** What comes within this time is written together, in milliseconds. */
const gatherMs = 20;
/** Larger content is fetched anew: it is rare, and a table of configs is no place for it. */
const maxBytes = 256 * 1024;
const dayMs = 24 * 60 * 60_000;
const keepMs = 30 * dayMs;
/** Longer than nearly every answer takes; who died with a claim delays the others by no more. */
const leaseMs = 10_000;
/** A notification may be lost, or come just before somebody waits: so it is looked for at first, and then. */
const pollMs = { first: 250, next: 1_000 } as const;

/** One statement, as without the claim. A claim outlives what was put, so that nobody makes another one meanwhile. */
const claimText = `
  with moment as materialized (select sluice.now_ms() as ms),
  found as materialized (
    select bytes, used_at < moment.ms - $4 as is_old from sluice.content, moment
    where registry = $1 and repository = $2 and digest = $3
  ), claimed as (
    insert into sluice.content_lease as lease (key, holder, until)
    select $5, $6, moment.ms + ${leaseMs} from moment where not exists (select from found)
    on conflict (key) do update set
      holder = case when lease.until <= excluded.until - ${leaseMs} then excluded.holder else lease.holder end,
      awaited = lease.until > excluded.until - ${leaseMs} and lease.holder <> excluded.holder,
      until = greatest(lease.until, case when lease.until <= excluded.until - ${leaseMs} then excluded.until end)
    returning holder = $6 as is_ours
  )
  select found.bytes, found.is_old, claimed.is_ours from moment left join found on true left join claimed on true`;

const putText = `
  with kept as (
    insert into sluice.content (registry, repository, digest, bytes)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) on conflict do nothing
  )
  select pg_notify('sluice_content', key) from sluice.content_lease where awaited and key = any ($5::text[])`;

/** Contents as a table. */
export class PostgresContents implements Contents {
  readonly #database: Database;
  readonly #notifications: Notifications;
  /** A name that no other process has. */
  readonly #holder = randomUUID();
  #waiting = new Map<string, { readonly key: ContentKey; readonly bytes: Uint8Array }>();
  #isGathering = false;

  constructor(database: Database, notifications: Notifications) {
    this.#database = database;
    this.#notifications = notifications;
  }

  async get({ registry, repository, digest }: ContentKey): Promise<Uint8Array | undefined> {
    const [row] = await this.#database.repeatable<{ bytes: Buffer; is_old: boolean }>({
      name: 'sluice.content.get',
      text: `
        select bytes, used_at < sluice.now_ms() - $4 as is_old from sluice.content
        where registry = $1 and repository = $2 and digest = $3`,
      values: [registry, repository, digest, dayMs],
    });
    if (row?.is_old === true) await this.#touch({ registry, repository, digest });
    return row?.bytes;
  }

  async claim({ registry, repository, digest }: ContentKey): Promise<ContentClaim> {
    const key = { registry, repository, digest };
    const [row] = await this.#database.repeatable<{
      bytes: Buffer | null;
      is_old: boolean | null;
      is_ours: boolean | null;
    }>({
      name: 'sluice.content.claim',
      text: claimText,
      values: [registry, repository, digest, dayMs, textOf(key), this.#holder],
    });
    if (row?.is_old === true) await this.#touch(key);
    const { bytes = null } = row ?? {};
    if (bytes !== null) return { bytes };
    return row?.is_ours === false ? 'theirs' : 'ours';
  }

  put(key: ContentKey, bytes: Uint8Array): void {
    if (bytes.length > maxBytes) {
      this.giveUp(key);
      return;
    }
    if (this.#database.closing.aborted) return;
    this.#waiting.set(textOf(key), { key, bytes });
    if (this.#isGathering) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      this.#write().catch((error: unknown) =>
        this.#database.logger.debug('content is not kept', { error }),
      );
    }, gatherMs).unref();
  }

  giveUp(key: ContentKey): void {
    this.#database
      .repeatable({
        name: 'sluice.content.give-up',
        text: `
          with given as (
            delete from sluice.content_lease where key = $1 and holder = $2 returning key, awaited
          ) select pg_notify('sluice_content', key) from given where awaited`,
        values: [textOf(key), this.#holder],
      })
      .catch((error: unknown) =>
        this.#database.logger.debug('a claim of content is not given up', { error }),
      );
  }

  async arrival(key: ContentKey, ms: number): Promise<Uint8Array | undefined> {
    const { clock, closing } = this.#database;
    const name = textOf(key);
    const endsAt = clock.now() + ms;
    let told = Promise.withResolvers<true>();
    const stop = this.#notifications.subscribe('sluice_content', (given) => {
      if (given === name) told.resolve(true);
    });
    try {
      for (let wait: number = pollMs.first; ; wait = pollMs.next) {
        const bytes = await this.get(key);
        const left = endsAt - clock.now();
        if (bytes !== undefined || left <= 0 || closing.aborted) return bytes;
        const isTold = await withinMs(Math.min(wait, left), told.promise);
        // Told, and not there: it was given up.
        if (isTold === true) return await this.get(key);
        told = Promise.withResolvers();
      }
    } finally {
      stop();
    }
  }

  async #write(): Promise<void> {
    const rows = [...this.#waiting].toSorted(([a], [b]) => (a < b ? -1 : 1));
    this.#waiting = new Map();
    const keys = rows.map(([, { key }]) => key);
    await this.#database.once({
      name: 'sluice.content.put',
      text: putText,
      values: [
        keys.map(({ registry }) => registry),
        keys.map(({ repository }) => repository),
        keys.map(({ digest }) => digest),
        rows.map(([, { bytes }]) => Buffer.from(bytes)),
        rows.map(([text]) => text),
      ],
    });
  }

  async #touch({ registry, repository, digest }: ContentKey): Promise<void> {
    await this.#database.repeatable({
      text: `
        update sluice.content set used_at = sluice.now_ms()
        where registry = $1 and repository = $2 and digest = $3`,
      values: [registry, repository, digest],
    });
  }
}

function textOf({ registry, repository, digest }: ContentKey): string {
  return JSON.stringify([registry, repository, digest]);
}

/** Drops what nobody has used for a month, and claims that are over. */
export async function dropContents(database: Database): Promise<void> {
  await database.repeatable({
    text: 'delete from sluice.content_lease where until < sluice.now_ms()',
    values: [],
  });
  await database.repeatable({
    text: 'delete from sluice.content where used_at < sluice.now_ms() - $1',
    values: [keepMs],
  });
}
