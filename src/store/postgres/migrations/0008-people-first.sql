alter table sluice.registry
  -- Somebody's import waits for its turn: the schedule does not ask before.
  add column people_until bigint not null default 0,
  -- Since when; of each minute from then on the schedule has its half.
  add column people_from bigint not null default 0;
