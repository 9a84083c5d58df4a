-- When a registry told of a push, in milliseconds since the epoch: a check that began before does not count.
alter table sluice.ledger add column told_at bigint;
