-- Whether a threshold counts events of archived and discarded issues too.
alter table alert_rules add column includes_archived boolean not null default false;
