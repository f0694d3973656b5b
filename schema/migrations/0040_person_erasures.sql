-- Single events and all events of a person can be erased. An erasure of a person says whom until it is finished, and
-- then no more.
alter table erasures drop constraint erasures_kind_check;
alter table erasures
  add constraint erasures_kind_check
    check (kind in ('organization', 'project', 'issue', 'older_than', 'event', 'person')),
  add column person jsonb check (person is null or kind = 'person');

-- What erased events were counted as, until the rollups are without them: folds may not have counted them yet. Keys and
-- values of `tags` alternate.
create table erased_events (
  project_id bigint not null,
  erasure_id uuid not null,
  id uuid not null,
  issue_id uuid not null,
  received_at timestamptz not null,
  user_hash bigint,
  "user" text not null,
  level text not null,
  environment text not null,
  release text not null,
  bytes bigint not null,
  tags text[] not null,
  erased_at timestamptz not null default clock_timestamp(),
  primary key (project_id, erasure_id, id)
);

-- Grows when rows of rollups were taken away that nodes may remember to have written.
create sequence rollups_taken_away;

alter table issue_activity drop constraint issue_activity_kind_check;
alter table issue_activity add constraint issue_activity_kind_check check (kind in ('resolved', 'unresolved',
  'archived', 'discarded', 'assigned', 'unassigned', 'merged', 'merged_into', 'unmerged', 'unmerged_from', 'commented',
  'regressed', 'escalated', 'event_deleted'));
