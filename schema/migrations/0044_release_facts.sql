-- What lists of releases count: the issues that began with a release, and those that regressed in it.

-- With which release each issue began: the first that its events named. Kept by triggers, because rows of
-- issue_releases come once for an issue and a release and seldom change what is first.
create table issue_begins (
  project_id bigint not null,
  issue_id uuid not null,
  release text not null,
  first_seen timestamptz not null,
  primary key (project_id, issue_id)
);
create index issue_begins_release on issue_begins (project_id, release, issue_id);

create function note_issue_begin () returns trigger language plpgsql as $$
begin
  insert into issue_begins as b (project_id, issue_id, release, first_seen)
  values (new.project_id, new.issue_id, new.release, coalesce(new.first_seen, new.first_hour))
  on conflict (project_id, issue_id) do update set release = excluded.release, first_seen = excluded.first_seen
  where (excluded.first_seen, excluded.release) < (b.first_seen, b.release);
  return null;
end $$;

-- After events were erased: a row is gone, or begins later than it did.
create function find_issue_begin () returns trigger language plpgsql as $$
begin
  delete from issue_begins where project_id = old.project_id and issue_id = old.issue_id and release = old.release;
  if found then
    insert into issue_begins (project_id, issue_id, release, first_seen)
    select project_id, issue_id, release, coalesce(first_seen, first_hour) from issue_releases
    where project_id = old.project_id and issue_id = old.issue_id
    order by coalesce(first_seen, first_hour), release limit 1
    on conflict do nothing;
  end if;
  return null;
end $$;

create trigger issue_releases_begun after insert on issue_releases for each row execute function note_issue_begin();
create trigger issue_releases_earlier after update on issue_releases for each row
when (coalesce(new.first_seen, new.first_hour) < coalesce(old.first_seen, old.first_hour))
execute function note_issue_begin();
create trigger issue_releases_later after update on issue_releases for each row
when (coalesce(new.first_seen, new.first_hour) > coalesce(old.first_seen, old.first_hour))
execute function find_issue_begin();
create trigger issue_releases_gone after delete on issue_releases for each row execute function find_issue_begin();

insert into issue_begins (project_id, issue_id, release, first_seen)
select distinct on (project_id, issue_id) project_id, issue_id, release, coalesce(first_seen, first_hour)
from issue_releases order by project_id, issue_id, coalesce(first_seen, first_hour), release
on conflict do nothing;

-- The release that an event named; null where it named none, or is not kept. The time is inside its id.
create function release_of_event (p_project bigint, p_event uuid) returns text language plpgsql stable as $$
declare
  v_at timestamptz := to_timestamp(('x' || substr(replace(p_event::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0);
  v_class smallint;
  v_release text;
begin
  for v_class in select unnest(retention_classes) from projects where id = p_project loop
    -- By values and not by parameters, so that one partition is opened.
    execute format(
      'select release from events where project_id = %L and received_at = %L and id = %L and retention_days = %L',
      p_project, v_at, p_event, v_class
    ) into v_release;
    exit when v_release is not null;
  end loop;
  return nullif(v_release, '');
end $$;

-- As before (0024_archives.sql), and a regression says in which release it came.
create or replace function note_transition () returns trigger language plpgsql as $$
begin
  insert into issue_activity (project_id, issue_id, kind, data)
  values (new.project_id, new.issue_id, new.kind, jsonb_build_object('event_id', new.event_id) || new.data ||
    case when new.kind = 'regressed'
      then jsonb_strip_nulls(jsonb_build_object('release', release_of_event(new.project_id, new.event_id)))
      else '{}' end);
  return null;
end $$;

-- Of the newest ones, as far as their events are kept.
update issue_activity a set data = data || jsonb_build_object('release', r.release)
from (
  select project_id, position, release_of_event(project_id, (data ->> 'event_id')::uuid) as release
  from issue_activity where kind = 'regressed' and data ->> 'event_id' is not null
  order by at desc limit 10000
) r
where a.project_id = r.project_id and a.position = r.position and r.release is not null;
create index issue_activity_regressed on issue_activity (project_id, (data ->> 'release')) where kind = 'regressed';
create index issues_resolved_in on issues (project_id, resolved_in_release)
where status = 'resolved' and resolved_in_release is not null;
