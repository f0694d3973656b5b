-- Where a project or its clients keep a share of their events only, one that is kept stands for several: counts are
-- sums of weights, which are whole numbers.

-- Null where an event stands for itself.
alter table events add column weight integer;
alter table erased_events add column weight integer not null default 1;

-- By how much the count of an issue is more than the events that were stored of it. No row: it is exact.
create table issue_samples (
  project_id bigint not null,
  issue_id uuid not null,
  extra bigint not null,
  primary key (project_id, issue_id)
) with (fillfactor = 80);

-- The same of a project's hours.
create table sampled_hours (
  project_id bigint not null,
  hour timestamptz not null,
  extra bigint not null,
  primary key (project_id, hour)
) with (fillfactor = 80);
