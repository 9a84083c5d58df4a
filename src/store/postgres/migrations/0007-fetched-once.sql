-- Who is fetching content at present, so that others wait for it. Nothing is lost with it: not even written ahead.
create unlogged table sluice.content_lease (
  -- [registry, repository, digest] as JSON.
  key text collate "C" primary key,
  holder text not null,
  -- Milliseconds since the epoch; then it is anybody's again.
  until bigint not null,
  -- Somebody waits, and is told.
  awaited boolean not null default false
);
