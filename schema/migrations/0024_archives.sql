-- What an archived issue had when it was archived, and until when it stays so: only what comes after that brings it
-- back, and the hours before it expire. `hourly_mean` is the mean hour of the 7 days before. Counts are of the issue
-- with all that was merged into it. `until` is what the API calls archive_until. Rows that are missing (archived by an
-- earlier version) are made by the search for archives that have ended.
create table issue_archives (
  project_id bigint not null,
  issue_id uuid not null,
  at timestamptz not null,
  hourly_mean double precision not null,
  event_count bigint not null,
  user_count bigint not null,
  until jsonb not null,
  primary key (project_id, issue_id),
  foreign key (project_id, issue_id) references issues on delete cascade
);

-- Why something came back: it goes into the activity.
alter table transitions add column data jsonb not null default '{}';

create or replace function note_transition () returns trigger language plpgsql as $$
begin
  insert into issue_activity (project_id, issue_id, kind, data)
  values (new.project_id, new.issue_id, new.kind, jsonb_build_object('event_id', new.event_id) || new.data);
  return null;
end $$;
