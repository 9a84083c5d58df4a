-- What upstream has for a tag that is on hold: beside the digest that the tag was brought up to.
alter table sluice.ledger add column seen text;
