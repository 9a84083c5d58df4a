-- Leases and turns go by this clock: those of servers and workers may differ by minutes.
create function sluice.now_ms() returns bigint
language sql volatile as $$ select (extract(epoch from clock_timestamp()) * 1000)::bigint $$;

-- What all servers and workers know of a host that is asked. Times are milliseconds since the epoch.
create table sluice.registry (
  host text collate "C" primary key,
  -- Nobody asks before: the host said so.
  blocked_until bigint not null default 0,
  -- The schedule does not ask before: the host does not answer, or little of its quota is left.
  held_until bigint not null default 0,
  -- Why it is left alone.
  reason text,
  -- Times in a row that the host was found not to answer.
  failures int not null default 0,
  -- Requests a second that all may make together, and how many may be under way.
  rate float8,
  in_flight int,
  quota_limit int,
  quota_remaining int,
  quota_window_s int,
  quota_seen_at bigint,
  requests bigint not null default 0,
  refused bigint not null default 0,
  answered_at bigint,
  failure text,
  failed_at bigint,
  seen_at bigint not null default sluice.now_ms()
);

-- Which processes ask a host at present.
create table sluice.registry_user (
  host text collate "C" not null,
  process text collate "C" not null,
  seen_at bigint not null,
  primary key (host, process)
);

-- What answers have taught about hosts: how they want to be asked. Nothing secret.
create table sluice.registry_lesson (
  key text collate "C" primary key,
  lessons text not null,
  learned_at bigint not null
);

-- Manifests and configs by digest, so that no worker fetches what another has fetched from the same repository.
create table sluice.content (
  registry text collate "C" not null,
  repository text collate "C" not null,
  digest text collate "C" not null,
  bytes bytea not null,
  used_at bigint not null default sluice.now_ms(),
  primary key (registry, repository, digest)
);
create index content_by_use on sluice.content (used_at);

alter table sluice.ledger
  add column host text collate "C" not null generated always as (split_part(repository, '/', 1)) stored,
  add column etag text,
  add column accept_profile text,
  -- Digests that a tag with a minimum age does not take yet: [{"digest", "seenAt"}], oldest first.
  add column candidates text;
create index ledger_by_host on sluice.ledger (host, due_at, repository, pull_spec);
create index ledger_by_claim on sluice.ledger (host, claimed_until) where claimed_until is not null;
insert into sluice.registry (host) select distinct host from sluice.ledger;
