-- What people do with issues: search, merge, change and discuss them. No index here holds a column that batches change, so
-- that their updates stay in place.

-- Of what was merged into an issue, added up when merging (null while nothing is). Nothing changes in it afterwards: new events are counted
-- by the issue itself. `last_seen_hour` is the later of both.
alter table issues
  add column merged_event_count bigint,
  add column merged_user_count bigint,
  add column merged_first_seen timestamptz,
  add column merged_last_seen timestamptz;

create index issues_first_seen on issues (project_id, status, least(first_seen, merged_first_seen) desc, id desc) where merged_into is null;
create index issues_assignee on issues (project_id, assignee_id) where assignee_id is not null;

-- The words of an issue: runs of anything but ASCII's blanks and punctuation, lower case, those inside of names (typeerror: type, error) too;
-- and `#7` for project 7, so that the index itself leaves other projects out.
create function issue_words (p_project bigint, p_title text, p_culprit text) returns tsvector
language sql immutable parallel safe return array_to_tsvector(array_remove(
  '#' || p_project::text || regexp_split_to_array(
    lower(p_title || ' ' || p_culprit || ' ' || regexp_replace(p_title || ' ' || p_culprit, '([a-z0-9])([A-Z])', '\1 \2', 'g')),
    '[\u0001-/:-@\[-^`{-\u007f]+'),
  ''));
create index issues_words on issues using gin (issue_words(project_id, title, culprit));

-- Which issues were seen in a release.
create index issue_releases_release on issue_releases (project_id, release, issue_id);

-- Who did what to an issue, comments included; without a user it was an event or a spike. Rows that change an issue are written while it is
-- locked, so `position` has the order in which the changes came.
create table issue_activity (
  project_id bigint not null,
  issue_id uuid not null,
  position bigint generated always as identity,
  id uuid not null default gen_random_uuid(),
  kind text not null check (kind in ('resolved', 'unresolved', 'archived', 'discarded', 'assigned', 'unassigned', 'merged', 'merged_into', 'unmerged', 'unmerged_from', 'commented', 'regressed', 'escalated')),
  user_id uuid,
  data jsonb not null default '{}',
  at timestamptz not null default clock_timestamp(),
  edited_at timestamptz,
  primary key (project_id, issue_id, position)
);
create unique index issue_activity_id on issue_activity (id);

-- What commits and the search for spikes decide is told by their rows of `transitions`.
create function note_transition () returns trigger language plpgsql as $$
begin
  insert into issue_activity (project_id, issue_id, kind, data)
  values (new.project_id, new.issue_id, new.kind, jsonb_build_object('event_id', new.event_id));
  return null;
end $$;
create trigger transitions_noted after insert on transitions
for each row when (new.kind <> 'new') execute function note_transition();
