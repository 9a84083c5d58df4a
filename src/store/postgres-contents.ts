import type { ContentKey, Contents } from './contents.ts';
import type { Database } from './postgres/database.ts';

/** What comes within this time is written together, in milliseconds. */
const gatherMs = 20;
/** Larger content is fetched anew: it is rare, and a table of configs is no place for it. */
const maxBytes = 256 * 1024;
const dayMs = 24 * 60 * 60_000;
const keepMs = 30 * dayMs;

/** Contents as a table. */
export class PostgresContents implements Contents {
  readonly #database: Database;
  #waiting = new Map<string, { readonly key: ContentKey; readonly bytes: Uint8Array }>();
  #isGathering = false;

  constructor(database: Database) {
    this.#database = database;
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

  put(key: ContentKey, bytes: Uint8Array): void {
    if (bytes.length > maxBytes || this.#database.closing.aborted) return;
    this.#waiting.set(JSON.stringify([key.registry, key.repository, key.digest]), { key, bytes });
    if (this.#isGathering) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      this.#write().catch((error: unknown) =>
        this.#database.logger.debug('content is not kept', { error }),
      );
    }, gatherMs).unref();
  }

  async #write(): Promise<void> {
    const rows = [...this.#waiting].toSorted(([a], [b]) => (a < b ? -1 : 1));
    this.#waiting = new Map();
    const keys = rows.map(([, { key }]) => key);
    await this.#database.once({
      name: 'sluice.content.put',
      text: `
        insert into sluice.content (registry, repository, digest, bytes)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) on conflict do nothing`,
      values: [
        keys.map(({ registry }) => registry),
        keys.map(({ repository }) => repository),
        keys.map(({ digest }) => digest),
        rows.map(([, { bytes }]) => Buffer.from(bytes)),
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

/** Drops what nobody has used for a month. */
export async function dropContents(database: Database): Promise<void> {
  await database.repeatable({
    text: 'delete from sluice.content where used_at < sluice.now_ms() - $1',
    values: [keepMs],
  });
}
