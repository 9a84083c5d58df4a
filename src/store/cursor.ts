import type { Database } from './postgres/database.ts';

/** How far named readers of the log have come, so that a restart goes on where the last run stopped. */
export class Cursors {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The revision that was set last, `undefined` for a reader that is new. */
  async get(name: string): Promise<number | undefined> {
    const [row] = await this.#database.repeatable<{ revision: number }>({
      name: 'sluice.cursor.get',
      text: 'select revision from sluice.cursor where name = $1',
      values: [name],
    });
    return row?.revision;
  }

  /** Notes that everything up to `revision` is done. It can go back, too: a reader may want to see history again. */
  async set(name: string, revision: number): Promise<void> {
    await this.#database.repeatable({
      name: 'sluice.cursor.set',
      text: `
        insert into sluice.cursor (name, revision) values ($1, $2)
        on conflict (name) do update set revision = excluded.revision`,
      values: [name, revision],
    });
  }
}
