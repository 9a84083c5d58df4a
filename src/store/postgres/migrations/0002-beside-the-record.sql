create table sluice.mailbox (
  id uuid primary key,
  request text not null,
  answer text,
  posted_at timestamptz not null default now()
);

create table sluice.cursor (
  name text primary key,
  revision bigint not null
);

-- Times are milliseconds since the epoch. place is where in the period the repository has its turn.
create table sluice.ledger (
  namespace text collate "C" not null,
  name text collate "C" not null,
  tag text collate "C" not null,
  uid text not null,
  pull_spec text not null,
  repository text not null,
  period_ms bigint not null check (period_ms > 0),
  place_ms bigint not null,
  due_at bigint not null,
  checked_at bigint,
  digest text,
  failures int not null default 0,
  failure text,
  claimed_until bigint,
  deferred boolean not null default false,
  primary key (namespace, name, tag)
);
create index ledger_by_due on sluice.ledger (due_at);
create index ledger_by_repository on sluice.ledger (repository);

-- The first turn of a place strictly after a moment.
create function sluice.next_turn(moment bigint, period_ms bigint, place_ms bigint) returns bigint
language sql immutable as $$
  select moment + period_ms - ((moment - place_ms) % period_ms + period_ms) % period_ms
$$;
