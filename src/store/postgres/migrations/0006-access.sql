-- How the registry let the last check in, or which secrets it refused: {"kind", "secrets": [{"secret", "registry"}]}.
alter table sluice.ledger add column access text;
