import type { Ledger, LedgerCheck, LedgerRow, LedgerTag } from './ledger.ts';
import type { Database, Query } from './postgres/database.ts';
import { nextTurn, repositoryPlaceMs } from './repository-place.ts';

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
  readonly seen: string | null;
  readonly failures: number;
  readonly failure: string | null;
}

const columns = `
  namespace, name, uid, tag, pull_spec, repository, period_ms, due_at, checked_at, digest, seen, failures, failure`;

/**
 * A turn missed by more than this share of the period is not made up for at once but at the repository's next turn:
 * after an outage nearly everything is overdue, and the registries would get all of it in one burst. A row is put off
 * once only, so that an installation which is always late still checks everything.
 */
const lateShare = 0.1;

/** Every writer takes this first: batches of rows in different orders cannot deadlock. A ledger sees a few writes a second. */
const lock = { text: "select pg_advisory_xact_lock(hashtextextended('sluice.ledger', 0))" };

/** The ledger as a table. */
export class PostgresLedger implements Ledger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async put(
    stream: { namespace: string; name: string; uid: string },
    tags: readonly LedgerTag[],
    now: number,
  ): Promise<void> {
    const { namespace, name, uid } = stream;
    const places = tags.map(({ repository, periodMs }) => repositoryPlaceMs(repository, periodMs));
    await this.#database.repeatableTransaction(async (query) => {
      await query(lock);
      await query({
        text: `
          delete from sluice.ledger
          where namespace = $1 and name = $2 and (uid <> $3 or tag <> all ($4::text[]))`,
        values: [namespace, name, uid, tags.map(({ tag }) => tag)],
      });
      await query({
        text: putText,
        values: [
          namespace,
          name,
          uid,
          tags.map(({ tag }) => tag),
          tags.map(({ from }) => from),
          tags.map(({ repository }) => repository),
          tags.map(({ periodMs }) => periodMs),
          places,
          tags.map(({ periodMs }, index) => nextTurn(now, periodMs, places[index] ?? 0)),
        ],
      });
    });
  }

  async claimDue(now: number, limit: number, claimMs: number): Promise<LedgerRow[]> {
    return await this.#database.transaction(async (query) => {
      await query(lock);
      await putOffLate(query, now);
      const rows = await query<Row>({ text: claimText, values: [now, limit, now + claimMs] });
      return rows.map(rowOf);
    });
  }

  async inRepositories(repositories: readonly string[]): Promise<LedgerRow[]> {
    const rows = await this.#database.repeatable<Row>({
      name: 'sluice.ledger.repositories',
      text: `select ${columns} from sluice.ledger where repository = any ($1::text[])`,
      values: [repositories],
    });
    return rows.map(rowOf);
  }

  async hasten(
    keys: readonly { namespace: string; name: string; uid: string; tag: string }[],
    at: number,
  ): Promise<void> {
    if (keys.length === 0) return;
    await this.#database.repeatableTransaction(async (query) => {
      await query(lock);
      await query({ text: hastenText, values: [...keyColumns(keys), at] });
    });
  }

  async release(): Promise<void> {
    await this.#database.transaction(async (query) => {
      await query(lock);
      await query({
        text: 'update sluice.ledger set claimed_until = null where claimed_until is not null',
      });
    });
  }

  async rows(
    keys: readonly { namespace: string; name: string; uid: string; tag: string }[],
  ): Promise<LedgerRow[]> {
    const rows = await this.#database.repeatable<Row>({
      name: 'sluice.ledger.rows',
      text: `
        select ${columns} from sluice.ledger
        join unnest($1::text[], $2::text[], $3::text[], $4::text[]) as asked (namespace, name, uid, tag)
          using (namespace, name, uid, tag)
        order by namespace, name, tag`,
      values: keyColumns(keys),
    });
    return rows.map(rowOf);
  }

  async record(checks: readonly LedgerCheck[]): Promise<void> {
    if (checks.length === 0) return;
    await this.#database.transaction(async (query) => {
      await query(lock);
      await query({
        text: recordText,
        values: [
          ...keyColumns(checks),
          checks.map(({ checkedAt }) => checkedAt),
          checks.map(({ digest }) => digest ?? null),
          checks.map(({ seen }) => seen ?? null),
          checks.map(({ failure }) => failure ?? null),
          checks.map(({ retryAt }) => retryAt ?? null),
        ],
      });
    });
  }

  async ofStream(namespace: string, name: string): Promise<LedgerRow[]> {
    const rows = await this.#database.repeatable<Row>({
      name: 'sluice.ledger.stream',
      text: `select ${columns} from sluice.ledger where namespace = $1 and name = $2 order by tag`,
      values: [namespace, name],
    });
    return rows.map(rowOf);
  }
}

/** What was seen belongs to the pull spec; the clock belongs to pull spec and period. */
const putText = `
  insert into sluice.ledger (namespace, name, uid, tag, pull_spec, repository, period_ms, place_ms, due_at)
  select $1, $2, $3, * from unnest(
    $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[]
  )
  on conflict (namespace, name, tag) do update set
    pull_spec = excluded.pull_spec,
    repository = excluded.repository,
    period_ms = excluded.period_ms,
    place_ms = excluded.place_ms,
    due_at = excluded.due_at,
    claimed_until = null,
    deferred = false,
    told_at = null,
    checked_at = case when ledger.pull_spec = excluded.pull_spec then ledger.checked_at end,
    digest = case when ledger.pull_spec = excluded.pull_spec then ledger.digest end,
    seen = case when ledger.pull_spec = excluded.pull_spec then ledger.seen end,
    failure = case when ledger.pull_spec = excluded.pull_spec then ledger.failure end,
    failures = case when ledger.pull_spec = excluded.pull_spec then ledger.failures else 0 end
  where (ledger.pull_spec, ledger.repository, ledger.period_ms)
    is distinct from (excluded.pull_spec, excluded.repository, excluded.period_ms)`;

const claimText = `
  with waiting as (
    select repository, count(*) as tags, min(due_at) as since
    from sluice.ledger
    where due_at <= $1 and coalesce(claimed_until, 0) <= $1
    group by repository
  ), ordered as (
    select repository, sum(tags) over turns as tags_so_far, row_number() over turns as turn
    from waiting window turns as (order by since, repository)
  )
  update sluice.ledger set claimed_until = $3, told_at = case when told_at > $1 then told_at end
  where due_at <= $1 and coalesce(claimed_until, 0) <= $1
    and repository in (select repository from ordered where tags_so_far <= $2 or turn = 1)
  returning ${columns}`;

const recordText = `
  update sluice.ledger set
    checked_at = seen.checked_at,
    digest = coalesce(seen.digest, ledger.digest),
    seen = case when seen.failure is null then seen.seen else ledger.seen end,
    failure = seen.failure,
    failures = case when seen.failure is null then 0 else ledger.failures + 1 end,
    due_at = case
      when ledger.told_at is null then coalesce(
        seen.retry_at, sluice.next_turn(seen.checked_at, ledger.period_ms, ledger.place_ms))
      else greatest(ledger.told_at, seen.retry_at) end,
    claimed_until = null,
    deferred = false
  from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[],
    $9::bigint[]
  ) as seen (namespace, name, uid, tag, checked_at, digest, seen, failure, retry_at)
  where ledger.namespace = seen.namespace and ledger.name = seen.name
    and ledger.uid = seen.uid and ledger.tag = seen.tag`;

const hastenText = `
  update sluice.ledger set told_at = greatest(ledger.told_at, $5::bigint), due_at = least(ledger.due_at, $5::bigint)
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as told (namespace, name, uid, tag)
  where ledger.namespace = told.namespace and ledger.name = told.name
    and ledger.uid = told.uid and ledger.tag = told.tag`;

/** A row that was claimed is not put off: its turn came, and the worker that had it was lost. Nor is one that was hastened. */
async function putOffLate(query: Query, now: number): Promise<void> {
  await query({
    text: `
      update sluice.ledger
      set due_at = sluice.next_turn($1, period_ms, place_ms), deferred = true
      where due_at <= $1 and due_at < $1 - period_ms * $2::float8
        and not deferred and claimed_until is null and told_at is null`,
    values: [now, lateShare],
  });
}

function keyColumns(
  keys: readonly { namespace: string; name: string; uid: string; tag: string }[],
): string[][] {
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
    ...(row.checked_at === null ? {} : { checkedAt: row.checked_at }),
    ...(row.digest === null ? {} : { digest: row.digest }),
    ...(row.seen === null ? {} : { seen: row.seen }),
    ...(row.failure === null ? {} : { failure: row.failure }),
  };
}
