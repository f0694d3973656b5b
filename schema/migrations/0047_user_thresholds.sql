-- Thresholds count events, or the users of events.
alter table alert_rules add column counts_users boolean not null default false;
alter table alerts add column counts_users boolean not null default false;

-- When each user of an issue was last seen by events that pass the filters of a rule which counts users: within its
-- window, so that the users of a window are those who were seen since it began.
create table alert_rule_users (
  project_id bigint not null,
  rule_id uuid not null,
  issue_id uuid not null,
  user_hash bigint not null,
  last_at timestamptz not null,
  primary key (project_id, rule_id, issue_id, user_hash)
) with (fillfactor = 70);
