-- Alert rules, what they have fired, and the queue of what is to be delivered. Conditions and filters stand in columns, so that all rules
-- are evaluated by the same few statements; `kind` is the type of the condition.

create table alert_rules (
  project_id bigint not null,
  id uuid not null,
  name text not null,
  is_enabled boolean not null,
  kind text not null check (kind in ('threshold', 'new_issue', 'regression', 'escalation')),
  threshold bigint check (threshold >= 0),
  window_minutes integer check (window_minutes > 0),
  scope text check (scope in ('project', 'issue')),
  filters jsonb not null,
  -- The filters as a question to `events.search`; null lets every event through.
  filter tsquery,
  actions jsonb not null,
  cooldown_minutes integer not null check (cooldown_minutes >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  tested_at timestamptz,
  -- When the last notification was or is due, and how long the next one waits after it.
  notified_at timestamptz,
  pause_seconds integer not null default 0,
  -- Up to when `alert_rule_minutes` has been counted.
  counted_until timestamptz,
  primary key (project_id, id),
  check ((kind = 'threshold') = (threshold is not null and window_minutes is not null and scope is not null))
);
create index alert_rules_kind on alert_rules (kind) where is_enabled;

-- Events by minute that pass the filters of a threshold rule; rules without filters read issue_minutes.
create table alert_rule_minutes (
  project_id bigint not null,
  rule_id uuid not null,
  issue_id uuid not null,
  minute timestamptz not null,
  count bigint not null,
  primary key (project_id, rule_id, minute, issue_id)
) with (fillfactor = 80);
create index alert_rule_minutes_age on alert_rule_minutes (minute);

-- When a rule has last fired for a subject: the id of an issue, or `project`. Firing is one conditional update here.
create table alert_firings (
  project_id bigint not null,
  rule_id uuid not null,
  subject text not null,
  fired_at timestamptz not null,
  alert_id uuid not null,
  primary key (project_id, rule_id, subject)
);

-- The rule's name and condition are those of the moment of firing. `over_at` is when a threshold was last seen exceeded.
create table alerts (
  project_id bigint not null,
  id uuid not null,
  rule_id uuid not null,
  rule_name text not null,
  kind text not null,
  subject text not null,
  issue_id uuid,
  event_id uuid,
  value bigint,
  threshold bigint,
  window_minutes integer,
  status text not null check (status in ('active', 'acknowledged', 'resolved')),
  fired_at timestamptz not null,
  over_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  resolved_at timestamptz,
  resolved_by uuid,
  notification_id uuid,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (project_id, id)
);
create index alerts_status on alerts (project_id, status, id);
create index alerts_open on alerts (project_id, rule_id, subject) where status <> 'resolved';
create index alerts_open_thresholds on alerts (project_id) where status <> 'resolved' and kind = 'threshold';
create index alerts_notification on alerts (project_id, notification_id) where notification_id is not null;
create index alerts_changed on alerts (changed_at);

-- One notification (the alerts that name it) on its way to one target. `log` holds the attempts, oldest first.
create table alert_deliveries (
  project_id bigint not null,
  id uuid not null,
  rule_id uuid not null,
  notification_id uuid not null,
  action jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
  attempts integer not null default 0,
  log jsonb not null default '[]',
  next_attempt_at timestamptz not null,
  created_at timestamptz not null,
  settled_at timestamptz,
  primary key (project_id, id)
);
create index alert_deliveries_notification on alert_deliveries (project_id, notification_id);
create index alert_deliveries_rule on alert_deliveries (project_id, rule_id, created_at);
create index alert_deliveries_waiting on alert_deliveries (project_id, rule_id) where state = 'waiting';
create index alert_deliveries_due on alert_deliveries (next_attempt_at) where state = 'waiting';
create index alert_deliveries_age on alert_deliveries (created_at);

-- Days before these have been folded: their hours are rows of days now.
create table folded_days (
  rollup text primary key,
  until date not null
);
