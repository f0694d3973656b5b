-- How far time has certainly passed, by which everything expires (services/upkeep/passed-time.ts): one row.
-- `stepped_at` is when it last caught up by a day.
create table passed_time (
  one boolean primary key default true check (one),
  until timestamptz,
  stepped_at timestamptz
);
insert into passed_time default values;

-- An issue is never seen later than now: events of a node whose clock is ahead would put it out of every list that ends
-- now, and above all others.
update issues set
  first_seen = least(first_seen, now()), last_seen = least(last_seen, now()),
  merged_last_seen = case when merged_last_seen is not null then least(merged_last_seen, now()) end,
  last_seen_hour = date_bin('1 hour', now(), '2000-01-01 00:00Z')
where last_seen_hour > now();

-- As before (0011_next_release.sql), and no later than now.
create or replace function count_into_issues (
  p_batch uuid, p_projects bigint[], p_issues uuid[], p_counts bigint[],
  p_first timestamptz[], p_last timestamptz[], p_last_events uuid[], p_releases text[]
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
      last_seen_hour = greatest(i.last_seen_hour, date_bin('1 hour', least(u.last, now()), '2000-01-01 00:00Z')),
      last_event_id = greatest(i.last_event_id, u.last_event)
    from unnest(p_projects, p_issues, p_counts, p_first, p_last, p_last_events, p_releases)
      as u (project, issue, count, first, last, last_event, releases)
    where i.id = u.issue and i.project_id + 0 = u.project
    returning i.id, i.merged_into is null and i.status <> 'discarded' as expected,
      i.status = 'resolved' and u.last > i.resolved_at and (
        i.resolved_releases is null or exists (
          select from unnest(string_to_array(u.releases, E'\n')) r
          where is_later_release(r, i.resolved_releases, i.resolved_highest)
        )
      ) as regressed
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
    resolved_highest = null, regressed_by = p_batch, status_changed_at = now()
  where project_id = any (p_projects) and id = any (v_regressed);

  insert into transitions (project_id, issue_id, kind, event_id)
  select project, issue, 'regressed', last_event
  from unnest(p_projects, p_issues, p_last_events) as u (project, issue, last_event)
  where issue = any (v_regressed);
  return array_to_string(v_regressed, ',');
end $$;

-- As before (0017_issue_fingerprints.sql), and no later than now.
create or replace function create_issues (
  p_projects bigint[], p_issues uuid[], p_fingerprints bytea[], p_counts bigint[],
  p_first timestamptz[], p_last timestamptz[], p_last_events uuid[],
  p_levels text[], p_titles text[], p_culprits text[], p_platforms text[],
  p_rules text[], p_versions text[], p_components text[]
) returns void language plpgsql as $$
declare
  v_taken bigint[];
  v_last_numbers bigint[];
  v_rows bigint;
begin
  with taken as (
    insert into issue_numbers as n (project_id, last_number)
    select project, count(*) from unnest(p_projects) project group by project order by project
    on conflict (project_id) do update set last_number = n.last_number + excluded.last_number
    returning project_id, last_number
  )
  select array_agg(project_id), array_agg(last_number) into v_taken, v_last_numbers from taken;

  if exists (
    select from unnest(p_projects, p_fingerprints) as u (project, fingerprint), lateral (
      select from issues i where i.project_id = u.project and i.fingerprint = u.fingerprint limit 1
    ) known
  ) or exists (
    select from unnest(p_projects, p_fingerprints) as u (project, fingerprint), lateral (
      select from issue_fingerprints f where f.project_id = u.project and f.fingerprint = u.fingerprint limit 1
    ) known
  ) then
    raise exception 'issue exists already' using errcode = 'MSH03';
  end if;

  insert into issues (project_id, id, fingerprint, number, level, title, culprit, platform,
    event_count, first_seen, last_seen, last_seen_hour, last_event_id)
  select project, issue, fingerprint, last_number + offset_of_number, level, title, culprit, platform,
    count, least(first, now()), least(last, now()), date_bin('1 hour', least(last, now()), '2000-01-01 00:00Z'),
    last_event
  from (
    select u.*, row_number() over (partition by project order by fingerprint)
      - count(*) over (partition by project) as offset_of_number
    from unnest(p_projects, p_issues, p_fingerprints, p_counts, p_first, p_last, p_last_events,
      p_levels, p_titles, p_culprits, p_platforms)
      as u (project, issue, fingerprint, count, first, last, last_event, level, title, culprit, platform)
  ) asked join unnest(v_taken, v_last_numbers) as taken (project_id, last_number) on project_id = project
  order by project, fingerprint
  on conflict do nothing;
  get diagnostics v_rows = row_count;
  if v_rows <> cardinality(p_issues) then
    raise exception 'issue exists already' using errcode = 'MSH03';
  end if;

  insert into issue_groupings (project_id, issue_id, rule, version, components)
  select project, issue, rule, version, components::json
  from unnest(p_projects, p_issues, p_rules, p_versions, p_components) as u (project, issue, rule, version, components);

  insert into transitions (project_id, issue_id, kind, event_id)
  select project, issue, 'new', last_event
  from unnest(p_projects, p_issues, p_last_events) as u (project, issue, last_event);
end $$;
