-- A delivery that waits is dropped when its rule is turned off, changed or deleted: nothing failed, and nothing is
-- sent.
alter table alert_deliveries drop constraint alert_deliveries_state_check;
alter table alert_deliveries add constraint alert_deliveries_state_check
  check (state in ('waiting', 'delivered', 'failed', 'dropped'));
-- The recipients of a mail that did not get it yet; null for all of them.
alter table alert_deliveries add column recipients text[];
