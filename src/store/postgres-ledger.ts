import type {
  ClaimLimits,
  Ledger,
  LedgerAccess,
  LedgerCandidate,
  LedgerCheck,
  LedgerClaim,
  LedgerEntry,
  LedgerKey,
  LedgerLag,
  LedgerRow,
} from './ledger.ts';
import {
  claimText,
  extendText,
  giveBackText,
  hastenText,
  lagText,
  putOffText,
  putText,
  readColumns,
  recordText,
  removeRowsText,
  removeText,
} from './ledger-statements.ts';
import type { Database } from './postgres/database.ts';
import { repositoryPlaceMs } from './repository-place.ts';

interface Row {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly tag: string;
  readonly pull_spec: string;
  readonly repository: string;
  readonly period_ms: number;
  readonly due_at: number;
  readonly checked_at: number | null;
  readonly digest: string | null;
  readonly etag: string | null;
  readonly accept_profile: string | null;
  readonly seen: string | null;
  readonly candidates: string | null;
  readonly access: string | null;
  readonly failures: number;
  readonly failure: string | null;
  readonly read_at: number;
}

/**
 * A turn missed by more than this share of the period, and this time, is not made up for at once but at the repository's next turn:
 * after an outage nearly everything is overdue, and the registries would get all of it in one burst. A row is put off
 * once only, so that an installation which is always late still checks everything.
 */
const lateShare = 0.1;
const lateMs = 15_000;

/** Every writer takes this first: batches of rows in different orders cannot deadlock. A ledger sees a few writes a second. */
const lock = { text: "select pg_advisory_xact_lock(hashtextextended('sluice.ledger', 0))" };

/** The ledger as a table. */
export class PostgresLedger implements Ledger {
  readonly #database: Database;
  readonly #now: () => number | null;

  /** @param now milliseconds since the epoch; the database's own clock when absent */
  constructor(database: Database, now?: () => number) {
    this.#database = database;
    this.#now = now ?? (() => null);
  }

  async put(entries: readonly LedgerEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const streams = entries.map(({ stream }) => stream);
    const rows = entries.flatMap(({ stream, tags }) =>
      // The last of equal names counts.
      [...new Map(tags.map((tag) => [tag.tag, tag])).values()].map((tag) => ({
        ...stream,
        ...tag,
      })),
    );
    const keys = keyColumns(rows);
    const [namespaces, names, , tags] = keys;
    await this.#database.repeatableTransaction(async (query) => {
      await query(lock);
      await query({
        text: removeText,
        values: [
          streams.map(({ namespace }) => namespace),
          streams.map(({ name }) => name),
          streams.map(({ uid }) => uid),
          namespaces,
          names,
          tags,
        ],
      });
      if (rows.length === 0) return;
      await query({
        text: putText,
        values: [
          ...keys,
          rows.map(({ from }) => from),
          rows.map(({ repository }) => repository),
          rows.map(({ periodMs }) => periodMs),
          rows.map(({ repository, periodMs }) => repositoryPlaceMs(repository, periodMs)),
          this.#now(),
        ],
      });
    });
  }

  async claimDue({ rows, rowsPerHost, probeRows, claimMs }: ClaimLimits): Promise<LedgerClaim> {
    const now = this.#now();
    return await this.#database.transaction(async (query) => {
      await query(lock);
      await query({ text: putOffText, values: [now, lateShare, lateMs] });
      const claimed = await query<Row>({
        name: 'sluice.ledger.claim',
        text: claimText,
        values: [now, rows, rowsPerHost, probeRows, claimMs],
      });
      return { at: claimed[0]?.read_at ?? 0, rows: claimed.map(rowOf) };
    });
  }

  async inRepositories(repositories: readonly string[]): Promise<LedgerRow[]> {
    const rows = await this.#database.repeatable<Row>({
      name: 'sluice.ledger.repositories',
      text: `select ${readColumns('$2')} from sluice.ledger where repository = any ($1::text[])`,
      values: [repositories, this.#now()],
    });
    return rows.map(rowOf);
  }

  async hasten(keys: readonly LedgerKey[], afterMs: number): Promise<void> {
    await this.#change(hastenText, keys, [...keyColumns(keys), afterMs, this.#now()]);
  }

  async release(): Promise<void> {
    await this.#database.transaction(async (query) => {
      await query(lock);
      await query({
        text: 'update sluice.ledger set claimed_until = null where claimed_until is not null',
      });
    });
  }

  async remove(keys: readonly LedgerKey[]): Promise<void> {
    await this.#change(removeRowsText, keys, keyColumns(keys));
  }

  async extend(keys: readonly LedgerKey[], claimMs: number): Promise<void> {
    await this.#change(extendText, keys, [...keyColumns(keys), claimMs, this.#now()]);
  }

  async giveBack(keys: readonly LedgerKey[]): Promise<void> {
    await this.#change(giveBackText, keys, keyColumns(keys));
  }

  async rows(keys: readonly LedgerKey[]): Promise<LedgerRow[]> {
    const rows = await this.#database.repeatable<Row>({
      name: 'sluice.ledger.rows',
      text: `
        select ${readColumns('$5')} from sluice.ledger
        join unnest($1::text[], $2::text[], $3::text[], $4::text[]) as asked (namespace, name, uid, tag)
          using (namespace, name, uid, tag)
        order by namespace, name, tag`,
      values: [...keyColumns(keys), this.#now()],
    });
    return rows.map(rowOf);
  }

  async record(checks: readonly LedgerCheck[]): Promise<void> {
    if (checks.length === 0) return;
    await this.#database.transaction(async (query) => {
      await query(lock);
      await query({
        name: 'sluice.ledger.record',
        text: recordText,
        values: [
          ...keyColumns(checks),
          checks.map(({ digest }) => digest ?? null),
          checks.map(({ etag }) => etag ?? null),
          checks.map(({ acceptProfile }) => acceptProfile ?? null),
          checks.map(({ seen }) => seen ?? null),
          checks.map(({ failure }) => failure ?? null),
          checks.map(({ retryMs }) => retryMs ?? null),
          this.#now(),
          checks.map(({ candidates }) =>
            candidates === undefined ? null : JSON.stringify(candidates),
          ),
          checks.map(({ access }) => (access === undefined ? null : JSON.stringify(access))),
        ],
      });
    });
  }

  async ofStream(namespace: string, name: string): Promise<LedgerRow[]> {
    const rows = await this.#database.repeatable<Row>({
      name: 'sluice.ledger.stream',
      text: `select ${readColumns('$3')} from sluice.ledger where namespace = $1 and name = $2 order by tag`,
      values: [namespace, name, this.#now()],
    });
    return rows.map(rowOf);
  }

  async lag(): Promise<LedgerLag> {
    const [row] = await this.#database.repeatable<{
      tags: number;
      waiting: number;
      held_back: number;
      lag_ms: number;
    }>({ name: 'sluice.ledger.lag', text: lagText, values: [this.#now()] });
    const { tags = 0, waiting = 0, held_back: heldBack = 0, lag_ms: lagMs = 0 } = row ?? {};
    return { tags, waiting, heldBack, lagMs };
  }

  async #change(text: string, keys: readonly LedgerKey[], values: unknown[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#database.repeatableTransaction(async (query) => {
      await query(lock);
      await query({ text, values });
    });
  }
}

function keyColumns(keys: readonly LedgerKey[]): [string[], string[], string[], string[]] {
  return [
    keys.map(({ namespace }) => namespace),
    keys.map(({ name }) => name),
    keys.map(({ uid }) => uid),
    keys.map(({ tag }) => tag),
  ];
}

function rowOf(row: Row): LedgerRow {
  return {
    namespace: row.namespace,
    name: row.name,
    uid: row.uid,
    tag: row.tag,
    from: row.pull_spec,
    repository: row.repository,
    periodMs: row.period_ms,
    dueAt: row.due_at,
    failures: row.failures,
    readAt: row.read_at,
    ...(row.checked_at === null ? {} : { checkedAt: row.checked_at }),
    ...(row.digest === null ? {} : { digest: row.digest }),
    ...(row.etag === null ? {} : { etag: row.etag }),
    ...(row.accept_profile === null ? {} : { acceptProfile: row.accept_profile }),
    ...(row.seen === null ? {} : { seen: row.seen }),
    ...(row.candidates === null
      ? {}
      : { candidates: JSON.parse(row.candidates) as readonly LedgerCandidate[] }),
    ...(row.access === null ? {} : { access: JSON.parse(row.access) as LedgerAccess }),
    ...(row.failure === null ? {} : { failure: row.failure }),
  };
}
