import type { Database } from './postgres/database.ts';
import type { Notifications } from './postgres/notifications.ts';
import {
  mostForPeopleMs,
  type Registries,
  type RegistryReport,
  type RegistryState,
} from './registries.ts';

interface Row {
  readonly host: string;
  readonly blocked_until: number;
  readonly held_until: number;
  readonly people_until: number;
  readonly reason: string | null;
  readonly failures: number;
  readonly rate: number | null;
  readonly in_flight: number | null;
  readonly quota_limit: number | null;
  readonly quota_remaining: number | null;
  readonly quota_window_s: number | null;
  readonly quota_seen_at: number | null;
  readonly requests: number;
  readonly refused: number;
  readonly answered_at: number | null;
  readonly failure: string | null;
  readonly failed_at: number | null;
  readonly processes: number;
  readonly tags: number;
  readonly read_at: number;
}

/** A process that has not asked a host for so long has no share in it. */
const userMs = 30_000;
const lessonMs = 24 * 60 * 60_000;

const reportText = `
  with moment as materialized (select sluice.now_ms() as ms),
  given as materialized (
    select * from unnest(
      $1::text[], $2::bigint[], $3::bigint[], $4::boolean[], $5::float8[], $6::int[], $7::int[], $8::int[], $9::int[],
      $10::text[], $11::text[], $12::bigint[], $13::text[]
    ) as given (
      host, requests, refused, answered, rate, in_flight, quota_limit, quota_remaining, quota_window_s, failure,
      pause_kind, pause_ms, pause_reason)
  ), asking as materialized (
    select host from sluice.registry_user, moment
    where process = $14 and host = any ($1::text[]) and registry_user.seen_at > moment.ms - ${userMs}
  ), used as (
    insert into sluice.registry_user (host, process, seen_at) select given.host, $14, moment.ms from given, moment
    on conflict (host, process) do update set seen_at = excluded.seen_at
  ), noted as (
    insert into sluice.registry as known (
      host, requests, refused, rate, in_flight, quota_limit, quota_remaining, quota_window_s, quota_seen_at,
      answered_at, failure, failed_at, failures, blocked_until, held_until, reason, seen_at)
    select host, requests, refused, rate, in_flight, quota_limit, quota_remaining, quota_window_s,
      case when quota_limit is not null or quota_remaining is not null then moment.ms end,
      case when answered then moment.ms end, failure, case when failure is not null then moment.ms end,
      case when pause_kind is not null and pause_ms is null then 1 else 0 end,
      case when pause_kind = 'stop' then moment.ms + coalesce(pause_ms, 5000) else 0 end,
      case when pause_kind = 'hold' then moment.ms + coalesce(pause_ms, 5000) else 0 end,
      pause_reason, moment.ms
    from given, moment order by host
    on conflict (host) do update set
      requests = known.requests + excluded.requests,
      refused = known.refused + excluded.refused,
      rate = excluded.rate,
      in_flight = excluded.in_flight,
      quota_limit = coalesce(excluded.quota_limit, known.quota_limit),
      quota_remaining = coalesce(excluded.quota_remaining, known.quota_remaining),
      quota_window_s = coalesce(excluded.quota_window_s, known.quota_window_s),
      quota_seen_at = coalesce(excluded.quota_seen_at, known.quota_seen_at),
      answered_at = coalesce(excluded.answered_at, known.answered_at),
      failure = coalesce(excluded.failure, known.failure),
      failed_at = coalesce(excluded.failed_at, known.failed_at),
      -- Several processes find out the same thing at once: that counts once.
      failures = case
        when excluded.failures = 0 and excluded.answered_at is not null and excluded.reason is null then 0
        when excluded.failures > 0 and known.held_until <= excluded.seen_at then known.failures + 1
        else known.failures end,
      blocked_until = greatest(known.blocked_until, excluded.blocked_until),
      held_until = case
        when excluded.reason is null and excluded.answered_at is not null and known.failures > 0 then 0
        when excluded.failures > 0 and known.held_until > excluded.seen_at then known.held_until
        when excluded.failures > 0
          then excluded.seen_at + least(300000, 5000 * power(2, least(known.failures, 10)))::bigint
        else greatest(known.held_until, excluded.held_until) end,
      reason = coalesce(excluded.reason, known.reason),
      seen_at = excluded.seen_at
    returning known.*
  )
  select noted.*, moment.ms as read_at, 0 as tags,
    1 + (select count(*) from sluice.registry_user other
      where other.host = noted.host and other.process <> $14 and other.seen_at > moment.ms - ${userMs}) as processes,
    -- A condition of the query might be looked at after it.
    (select count(case when given.pause_kind is not null or given.host not in (select host from asking)
      then pg_notify('sluice_registry', noted.host)::text end) from given where given.host = noted.host) as told
  from noted, moment`;

const makeWayText = `
  with moment as materialized (select sluice.now_ms() as ms),
  noted as (
    update sluice.registry as known set
      people_from = case when known.people_from > moment.ms - ${2 * mostForPeopleMs} then known.people_from else moment.ms end,
      people_until = case
        when known.people_from <= moment.ms - ${2 * mostForPeopleMs} then moment.ms + $3::bigint
        else greatest(known.people_until, least(moment.ms + $3::bigint, known.people_from + ${mostForPeopleMs})) end
    from moment where known.host = $1
    returning known.*
  )
  select noted.*, moment.ms as read_at, 0 as tags,
    1 + (select count(*) from sluice.registry_user other
      where other.host = noted.host and other.process <> $2 and other.seen_at > moment.ms - ${userMs}) as processes,
    case when noted.people_until > moment.ms then pg_notify('sluice_registry', noted.host)::text end as told
  from noted, moment`;

const listText = `
  with moment as materialized (select sluice.now_ms() as ms)
  select registry.*, moment.ms as read_at,
    (select count(*) from sluice.ledger where ledger.host = registry.host) as tags,
    (select count(*) from sluice.registry_user other
      where other.host = registry.host and other.process is distinct from $2 and other.seen_at > moment.ms - ${userMs})
      + case when $2::text is null then 0 else 1 end as processes
  from sluice.registry, moment
  where $1::text[] is null or registry.host = any ($1::text[])
  order by registry.host`;

/** PostgreSQL bounds what a notification may carry. */
const maxToldBytes = 7_000;

const learnText = `
  with noted as (
    insert into sluice.registry_lesson as known (key, lessons, learned_at)
    select key, lessons, sluice.now_ms() from unnest($1::text[], $2::text[]) as given (key, lessons)
    on conflict (key) do update set
      lessons = case when known.learned_at > excluded.learned_at - $3
        then (known.lessons::jsonb || excluded.lessons::jsonb)::text else excluded.lessons end,
      learned_at = excluded.learned_at
    returning key
  )
  select pg_notify('sluice_lesson', case when octet_length(key) <= ${maxToldBytes} then key else '' end) from noted`;

/** Registries as tables. */
export class PostgresRegistries implements Registries {
  readonly #database: Database;
  readonly #notifications: Notifications;

  constructor(database: Database, notifications: Notifications) {
    this.#database = database;
    this.#notifications = notifications;
  }

  async report(process: string, reports: readonly RegistryReport[]): Promise<RegistryState[]> {
    if (reports.length === 0) return [];
    const sorted = reports.toSorted((a, b) => (a.host < b.host ? -1 : 1));
    const column = <T>(of: (report: RegistryReport) => T | undefined): (T | null)[] =>
      sorted.map((report) => of(report) ?? null);
    const rows = await this.#database.once<Row>({
      name: 'sluice.registry.report',
      text: reportText,
      values: [
        column(({ host }) => host),
        column(({ requests }) => requests),
        column(({ refused }) => refused),
        column(({ answered }) => answered),
        column(({ rate }) => rate),
        column(({ inFlight }) => inFlight),
        column(({ quota }) => quota?.limit),
        column(({ quota }) => quota?.remaining),
        column(({ quota }) => quota?.windowSeconds),
        column(({ failure }) => failure),
        column(({ pause }) => pause?.kind),
        column(({ pause }) => pause?.ms),
        column(({ pause }) => pause?.reason),
        process,
      ],
    });
    return rows.map(stateOf);
  }

  async makeWay(process: string, host: string, ms: number): Promise<RegistryState | undefined> {
    const [row] = await this.#database.repeatable<Row>({
      name: 'sluice.registry.make-way',
      text: makeWayText,
      values: [host, process, ms],
    });
    return row === undefined ? undefined : stateOf(row);
  }

  async leave(process: string, host: string): Promise<void> {
    await this.#database.repeatable({
      text: `
        with gone as (
          delete from sluice.registry_user where process = $1 and host = $2 returning host
        ) select pg_notify('sluice_registry', host) from gone`,
      values: [process, host],
    });
  }

  async list(hosts?: readonly string[], process?: string): Promise<RegistryState[]> {
    const rows = await this.#database.repeatable<Row>({
      name: 'sluice.registry.list',
      text: listText,
      values: [hosts ?? null, process ?? null],
    });
    return rows.map(stateOf);
  }

  async lessons(keys?: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#database.repeatable<{ key: string; lessons: string }>({
      text: `
        select key, lessons from sluice.registry_lesson
        where learned_at > sluice.now_ms() - $1 and ($2::text[] is null or key = any ($2::text[]))`,
      values: [lessonMs, keys ?? null],
    });
    return new Map(rows.map(({ key, lessons }) => [key, lessons]));
  }

  async learn(lessons: ReadonlyMap<string, string>): Promise<void> {
    if (lessons.size === 0) return;
    const sorted = [...lessons].toSorted(([a], [b]) => (a < b ? -1 : 1));
    await this.#database.repeatable({
      text: learnText,
      values: [sorted.map(([key]) => key), sorted.map(([, text]) => text), lessonMs],
    });
  }

  onLesson(listener: (key: string | undefined) => void): () => void {
    // A key that is too long to be told stands for any.
    return this.#notifications.subscribe('sluice_lesson', (key) => listener(key || undefined));
  }

  onChange(listener: (host: string | undefined) => void): () => void {
    return this.#notifications.subscribe('sluice_registry', listener);
  }
}

const forgetMs = 7 * 24 * 60 * 60_000;

/** Forgets hosts that nobody has asked for a week and no scheduled tag is on, and what was learned long ago. */
export async function forgetRegistries(database: Database): Promise<void> {
  await database.repeatable({
    text: 'delete from sluice.registry_user where seen_at < sluice.now_ms() - $1',
    values: [userMs],
  });
  await database.repeatable({
    text: 'delete from sluice.registry_lesson where learned_at < sluice.now_ms() - $1',
    values: [lessonMs],
  });
  await database.repeatable({
    text: `
      delete from sluice.registry where seen_at < sluice.now_ms() - $1
        and not exists (select from sluice.ledger where ledger.host = registry.host)`,
    values: [forgetMs],
  });
}

function stateOf(row: Row): RegistryState {
  const quota = {
    ...(row.quota_limit === null ? {} : { limit: row.quota_limit }),
    ...(row.quota_remaining === null ? {} : { remaining: row.quota_remaining }),
    ...(row.quota_window_s === null ? {} : { windowSeconds: row.quota_window_s }),
  };
  return {
    host: row.host,
    blockedUntil: row.blocked_until,
    heldUntil: row.held_until,
    peopleUntil: row.people_until,
    failures: row.failures,
    requests: row.requests,
    refused: row.refused,
    processes: row.processes,
    tags: row.tags,
    readAt: row.read_at,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.rate === null ? {} : { rate: row.rate }),
    ...(row.in_flight === null ? {} : { inFlight: row.in_flight }),
    ...(row.quota_seen_at === null ? {} : { quota: { ...quota, seenAt: row.quota_seen_at } }),
    ...(row.answered_at === null ? {} : { answeredAt: row.answered_at }),
    ...(row.failure === null ? {} : { failure: row.failure }),
    ...(row.failed_at === null ? {} : { failedAt: row.failed_at }),
  };
}
