-- How many percent more a threshold needs than the window before had, and how old issues of a rule are at least.
alter table alert_rules
  add column increase_percent integer check (increase_percent > 0),
  add column issue_older_than_minutes integer check (issue_older_than_minutes > 0);
