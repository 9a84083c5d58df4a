/** The longer statements of the ledger. `nowOf` is the database's clock unless a test gives another. */
const nowOf = (parameter: string): string => `coalesce(${parameter}::bigint, sluice.now_ms())`;

export const columns = `
  namespace, name, uid, tag, pull_spec, repository, period_ms, due_at, checked_at, digest, etag, accept_profile, seen,
  candidates, access, failures, failure`;

/** The columns and the time at which they were read. */
export const readColumns = (parameter: string): string =>
  `${columns}, ${nowOf(parameter)} as read_at`;

/** $1 to $3 name the streams, $4 to $6 the rows that stay. */
export const removeText = `
  delete from sluice.ledger using unnest($1::text[], $2::text[], $3::text[]) as stream (namespace, name, uid)
  where ledger.namespace = stream.namespace and ledger.name = stream.name
    and (ledger.uid <> stream.uid or (ledger.namespace, ledger.name, ledger.tag) not in (
      select * from unnest($4::text[], $5::text[], $6::text[])))`;

/** What was seen belongs to the pull spec; the clock belongs to pull spec and period. */
export const putText = `
  with entered as (
    insert into sluice.ledger (
      namespace, name, uid, tag, pull_spec, repository, period_ms, place_ms, due_at)
    select namespace, name, uid, tag, pull_spec, repository, period_ms, place_ms,
      sluice.next_turn(${nowOf('$9')}, period_ms, place_ms)
    from unnest(
      $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[]
    ) as given (namespace, name, uid, tag, pull_spec, repository, period_ms, place_ms)
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
      etag = case when ledger.pull_spec = excluded.pull_spec then ledger.etag end,
      accept_profile = case when ledger.pull_spec = excluded.pull_spec then ledger.accept_profile end,
      seen = case when ledger.pull_spec = excluded.pull_spec then ledger.seen end,
      candidates = case when ledger.pull_spec = excluded.pull_spec then ledger.candidates end,
      access = case when ledger.pull_spec = excluded.pull_spec then ledger.access end,
      failure = case when ledger.pull_spec = excluded.pull_spec then ledger.failure end,
      failures = case when ledger.pull_spec = excluded.pull_spec then ledger.failures else 0 end
    where (ledger.pull_spec, ledger.repository, ledger.period_ms)
      is distinct from (excluded.pull_spec, excluded.repository, excluded.period_ms)
    returning repository
  )
  insert into sluice.registry (host) select distinct split_part(repository, '/', 1) from entered
  on conflict do nothing`;

/**
 * A row that was claimed is not put off: its turn came, and the worker that had it was lost. Nor is one that was hastened.
 */
export const putOffText = `
  update sluice.ledger set due_at = sluice.next_turn(${nowOf('$1')}, period_ms, place_ms), deferred = true
  where due_at <= ${nowOf('$1')} and due_at < ${nowOf('$1')} - greatest(period_ms * $2::float8, $3::float8)
    and not deferred and claimed_until is null and told_at is null`;

/** Seconds' worth of requests that are handed out at one time for a host with a rate. */
const secondsAhead = 10;

/** What a pull spec names in its repository: several spellings of one question stay together. */
const target = "coalesce(substring(pull_spec from ':([^:/]*)$'), 'latest')";

export const claimText = `
  with moment as materialized (select ${nowOf('$1')} as ms),
  host as materialized (
    select registry.host, greatest(0,
      case when registry.failures > 0 then $4::bigint
        else least($3::bigint, ceil(registry.rate * ${secondsAhead})::bigint) end
      - (select count(*) from sluice.ledger where ledger.host = registry.host and ledger.claimed_until > moment.ms)
    ) as room
    from sluice.registry, moment
    where greatest(registry.blocked_until, registry.held_until, registry.people_until) <= moment.ms
  ), due as materialized (
    select found.namespace, found.name, found.tag
    from host, moment, lateral (
      select namespace, name, tag, due_at, repository, ${target} as target from sluice.ledger
      where ledger.host = host.host and due_at <= moment.ms and coalesce(claimed_until, 0) <= moment.ms
      order by due_at, repository, target fetch first (host.room) rows with ties
    ) as found
    where host.room > 0
    order by found.due_at, found.repository, found.target fetch first ($2) rows with ties
  )
  update sluice.ledger set
    claimed_until = moment.ms + $5::bigint, told_at = case when told_at > moment.ms then told_at end
  from due, moment
  where ledger.namespace = due.namespace and ledger.name = due.name and ledger.tag = due.tag
  returning moment.ms as read_at, ${columns
    .split(',')
    .map((column) => `ledger.${column.trim()}`)
    .join(', ')}`;

export const recordText = `
  with moment as materialized (select ${nowOf('$11')} as ms)
  update sluice.ledger set
    checked_at = moment.ms,
    digest = coalesce(seen.digest, ledger.digest),
    etag = case when seen.digest is null then ledger.etag
      when seen.digest = ledger.digest then coalesce(seen.etag, ledger.etag) else seen.etag end,
    accept_profile = case when seen.digest is null then ledger.accept_profile
      when seen.digest = ledger.digest then coalesce(seen.accept_profile, ledger.accept_profile)
      else seen.accept_profile end,
    seen = case when seen.failure is null then seen.seen else ledger.seen end,
    candidates = case when seen.candidates is null then ledger.candidates
      when seen.candidates = '[]' then null else seen.candidates end,
    access = seen.access,
    failure = seen.failure,
    failures = case when seen.failure is null then 0 else ledger.failures + 1 end,
    due_at = case
      when ledger.told_at is null then coalesce(
        moment.ms + seen.retry_ms, sluice.next_turn(moment.ms, ledger.period_ms, ledger.place_ms))
      else greatest(ledger.told_at, moment.ms + seen.retry_ms) end,
    claimed_until = null,
    deferred = false
  from moment, unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::bigint[], $12::text[], $13::text[]
  ) as seen (
    namespace, name, uid, tag, digest, etag, accept_profile, seen, failure, retry_ms, candidates, access)
  where ledger.namespace = seen.namespace and ledger.name = seen.name
    and ledger.uid = seen.uid and ledger.tag = seen.tag`;

export const hastenText = `
  with moment as materialized (select ${nowOf('$6')} + $5::bigint as ms)
  update sluice.ledger set told_at = greatest(ledger.told_at, moment.ms), due_at = least(ledger.due_at, moment.ms)
  from moment, unnest($1::text[], $2::text[], $3::text[], $4::text[]) as told (namespace, name, uid, tag)
  where ledger.namespace = told.namespace and ledger.name = told.name
    and ledger.uid = told.uid and ledger.tag = told.tag`;

export const removeRowsText = `
  delete from sluice.ledger
  using unnest($1::text[], $2::text[], $3::text[], $4::text[]) as gone (namespace, name, uid, tag)
  where ledger.namespace = gone.namespace and ledger.name = gone.name
    and ledger.uid = gone.uid and ledger.tag = gone.tag`;

export const extendText = `
  update sluice.ledger set claimed_until = ${nowOf('$6')} + $5::bigint
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as mine (namespace, name, uid, tag)
  where ledger.namespace = mine.namespace and ledger.name = mine.name
    and ledger.uid = mine.uid and ledger.tag = mine.tag and ledger.claimed_until is not null`;

export const giveBackText = `
  update sluice.ledger set claimed_until = null
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as back (namespace, name, uid, tag)
  where ledger.namespace = back.namespace and ledger.name = back.name
    and ledger.uid = back.uid and ledger.tag = back.tag and ledger.claimed_until is not null`;

export const lagText = `
  with moment as materialized (select ${nowOf('$1')} as ms),
  waiting as (
    select ledger.due_at, greatest(registry.blocked_until, registry.held_until, registry.people_until) > moment.ms as is_held
    from sluice.ledger join sluice.registry using (host), moment
    where ledger.due_at <= moment.ms and coalesce(ledger.claimed_until, 0) <= moment.ms
  )
  select (select count(*) from sluice.ledger) as tags,
    count(*) filter (where not is_held) as waiting, count(*) filter (where is_held) as held_back,
    coalesce((select ms from moment) - min(due_at) filter (where not is_held), 0) as lag_ms
  from waiting`;
