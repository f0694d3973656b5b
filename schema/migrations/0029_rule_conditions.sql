-- By how much more a threshold must be exceeded than the window before had, and how old issues are that a rule is about.
alter table alert_rules
  add column increase_percent integer check (increase_percent > 0),
  add column issue_older_than_minutes integer check (issue_older_than_minutes > 0);
