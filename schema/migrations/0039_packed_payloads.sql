-- Payloads are compressed before they come here (services/events/payloads.ts): a byte that names the format, then the
-- JSON as it is (0) or as raw deflate (1). `payload` stays for the rows of versions before this, and is null in others.
-- A rolling upgrade: nodes of the version before do not see the payloads of events that this version stored.
alter table events add column packed bytea;
alter table events alter column packed set storage external;
alter table events alter column payload drop not null;
