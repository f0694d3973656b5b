-- Releases are in order: by their version, else by the moment when they were first seen (events/releases.ts). An issue
-- that is resolved remembers of each package the latest release (`resolved_highest`): events of older ones do not make
-- it regress. "In a release" says its name too; then neither do events without a release.

create table project_releases (
  project_id bigint not null,
  release text not null,
  first_seen timestamptz not null,
  primary key (project_id, release)
);
create index project_releases_newest on project_releases (project_id, first_seen desc);

-- Null for what earlier versions counted: then `first_hour` stands for it.
alter table issue_releases add column first_seen timestamptz;
alter table issues add column resolved_in_release text;

-- What is known of earlier releases is their first hour; the index is walked from name to name.
insert into project_releases (project_id, release, first_seen)
select p.id, n.name, f.hour from projects p cross join lateral (
  with recursive names as (
    (select release as name from project_hours where project_id = p.id and release > '' order by release limit 1)
    union all
    select (
      select h.release from project_hours h where h.project_id = p.id and h.release > n.name order by h.release limit 1
    ) from names n where n.name is not null
  )
  select name from names where name is not null
) n cross join lateral (
  select hour from project_hours h where h.project_id = p.id and h.release = n.name order by hour limit 1
) f;

-- Whether a release is before the latest of its package. Without a version, one is by when both were first seen; one
-- that was never seen is new.
create function is_older_release (p_project bigint, p_release text, p_latest text[]) returns boolean language sql stable
as $$
  select exists (
    select from unnest(p_latest) l, lateral (
      select split_part(l, U&'\001F', 1) as version, substr(l, strpos(l, U&'\001F') + 1) as name
    ) latest
    where regexp_replace('@' || latest.name, '@[^@]*$', '') = regexp_replace('@' || given.name, '@[^@]*$', '')
      and case
        when given.version <> latest.version and given.version <> '' and latest.version <> ''
          then given.version collate "C" < latest.version collate "C"
        else (
          select first_seen from project_releases where project_id = p_project and release = given.name
        ) < (
          select first_seen from project_releases where project_id = p_project and release = latest.name
        )
      end
  )
  from (
    select split_part(p_release, U&'\001F', 1) as version, substr(p_release, strpos(p_release, U&'\001F') + 1) as name
  ) given
$$;

-- As before (0021_own_titles.sql), and an event of an older release does not make an issue regress.
create or replace function count_into_issues (
  p_batch uuid, p_projects bigint[], p_issues uuid[], p_counts bigint[],
  p_first timestamptz[], p_last timestamptz[], p_last_events uuid[], p_releases text[],
  p_titles text[], p_culprits text[]
) returns text language plpgsql as $$
declare
  v_counted bigint;
  v_regressed uuid[];
begin
  with counted as (
    update issues i set
      event_count = i.event_count + u.count,
      first_seen = least(i.first_seen, u.first),
      last_seen = greatest(i.last_seen, least(u.last, now())),
      last_seen_hour = greatest(i.last_seen_hour, u.last_hour),
      last_event_id = greatest(i.last_event_id, u.last_event),
      title = case
        when u.last_event > i.last_event_id and u.last_hour > i.last_seen_hour then u.title
        else i.title
      end,
      culprit = case
        when u.last_event > i.last_event_id and u.last_hour > i.last_seen_hour then u.culprit
        else i.culprit
      end,
      newest_title = case
        when u.last_event <= i.last_event_id then i.newest_title
        when u.last_hour > i.last_seen_hour or u.title = i.title then null
        else u.title
      end,
      newest_culprit = case
        when u.last_event <= i.last_event_id then i.newest_culprit
        when u.last_hour > i.last_seen_hour or u.culprit = i.culprit then null
        else u.culprit
      end
    from (
      select *, date_bin('1 hour', least(last, now()), '2000-01-01 00:00Z') as last_hour
      from unnest(p_projects, p_issues, p_counts, p_first, p_last, p_last_events, p_releases, p_titles, p_culprits)
        as u (project, issue, count, first, last, last_event, releases, title, culprit)
    ) u
    where i.id = u.issue and i.project_id + 0 = u.project
    returning i.id, i.merged_into is null and i.status <> 'discarded' as expected,
      case when i.status = 'resolved' and u.last > i.resolved_at then
        (i.resolved_releases is null and i.resolved_highest is null)
        or exists (
          select from unnest(case u.releases when '' then '{""}' else string_to_array(u.releases, E'\n') end) r
          where case
            when i.resolved_releases is not null then is_later_release(r, i.resolved_releases, i.resolved_highest)
            when r = '' then i.resolved_in_release is null
            else not is_older_release(i.project_id, r, i.resolved_highest)
          end
        )
      else false end as regressed
  )
  select count(*) filter (where expected), array_agg(id order by id) filter (where regressed)
  into v_counted, v_regressed from counted;

  if v_counted <> cardinality(p_issues) then
    raise exception 'issue is not what it was' using errcode = 'MSH03';
  end if;
  if v_regressed is null then
    return null;
  end if;

  update issues set status = 'unresolved', substatus = 'regressed', resolved_at = null, resolved_releases = null,
    resolved_highest = null, resolved_in_release = null, regressed_by = p_batch, status_changed_at = now()
  where project_id = any (p_projects) and id = any (v_regressed);

  insert into transitions (project_id, issue_id, kind, event_id)
  select project, issue, 'regressed', last_event
  from unnest(p_projects, p_issues, p_last_events) as u (project, issue, last_event)
  where issue = any (v_regressed);
  return array_to_string(v_regressed, ',');
end $$;
