-- What a commit calls. Each function does its step in one statement, in the order of the key, and raises when the
-- caller's expectation does not hold: the whole transaction rolls back, the caller looks the facts up and tries again.
--   23505  (on event_keys) an event id of a client is already known; cheaper than asking first, and hardly ever so
--   MSH02  the same, found on the day before
--   MSH03  an issue is not what the caller believed (created, deleted, merged or discarded meanwhile)
-- Plans are cached, perhaps from a time when the tables were empty, so each statement is written to have one sensible
-- plan: walk the arrays in their order and look each key up in one index (`lateral … limit 1` cannot be turned round;
-- the update's condition fits one index alone; sessions of writers do without hash joins, merge joins and full scans).

-- A key belongs to the day of its commit. In the first ten minutes of a day it is also entered under the day before,
-- where a commit that began before midnight would enter it: the unique index lets only one of them through. No commit
-- lasts that long, so after that a look at the day before is enough.
create function claim_event_keys (p_projects bigint[], p_event_ids uuid[], p_ids uuid[], p_now timestamptz default now())
returns void language plpgsql as $$
declare
  v_now timestamp := p_now at time zone 'utc';
begin
  if v_now::time < '00:10' then
    insert into event_keys (project_id, event_id, day, id)
    select project, event_id, v_now::date - 1, id from unnest(p_projects, p_event_ids, p_ids) as k (project, event_id, id);
  elsif exists (
    select from unnest(p_projects, p_event_ids) as k (project, event_id), lateral (
      select from event_keys e where e.project_id = k.project and e.event_id = k.event_id and e.day = v_now::date - 1 limit 1
    ) known
  ) then
    raise exception 'event id is already known' using errcode = 'MSH02';
  end if;

  insert into event_keys (project_id, event_id, day, id)
  select project, event_id, v_now::date, id from unnest(p_projects, p_event_ids, p_ids) as k (project, event_id, id);
end $$;

-- Counts events into issues that the caller knows, and answers the ids of those that regressed.
create function count_into_issues (
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
      last_seen = greatest(i.last_seen, u.last),
      last_seen_hour = greatest(i.last_seen_hour, date_bin('1 hour', u.last, '2000-01-01 00:00Z')),
      last_event_id = greatest(i.last_event_id, u.last_event)
    from unnest(p_projects, p_issues, p_counts, p_first, p_last, p_last_events, p_releases)
      as u (project, issue, count, first, last, last_event, releases)
    where i.id = u.issue and i.project_id + 0 = u.project
    returning i.id, i.merged_into is null and i.status <> 'discarded' as expected, i.status = 'resolved' and u.last > i.resolved_at and (
      i.resolved_releases is null
      or exists (select from unnest(string_to_array(u.releases, E'\n')) r where r <> '' and r <> all (i.resolved_releases))
    ) as regressed
  )
  select count(*) filter (where expected), array_agg(id order by id) filter (where regressed) into v_counted, v_regressed from counted;

  if v_counted <> cardinality(p_issues) then
    raise exception 'issue is not what it was' using errcode = 'MSH03';
  end if;
  if v_regressed is null then
    return null;
  end if;

  update issues set status = 'unresolved', substatus = 'regressed', resolved_at = null, resolved_releases = null,
    regressed_by = p_batch, status_changed_at = now()
  where project_id = any (p_projects) and id = any (v_regressed);

  insert into transitions (project_id, issue_id, kind, event_id)
  select project, issue, 'regressed', last_event
  from unnest(p_projects, p_issues, p_last_events) as u (project, issue, last_event)
  where issue = any (v_regressed);
  return array_to_string(v_regressed, ',');
end $$;

-- Makes issues with the next numbers of their projects. All arrays are sorted by (project, fingerprint).
create function create_issues (
  p_projects bigint[], p_issues uuid[], p_fingerprints bytea[], p_counts bigint[],
  p_first timestamptz[], p_last timestamptz[], p_last_events uuid[],
  p_levels text[], p_titles text[], p_culprits text[], p_platforms text[],
  p_rules text[], p_versions text[], p_components text[]
) returns void language plpgsql as $$
declare
  v_rows bigint;
begin
  with taken as (
    insert into issue_numbers as n (project_id, last_number)
    select project, count(*) from unnest(p_projects) project group by project order by project
    on conflict (project_id) do update set last_number = n.last_number + excluded.last_number
    returning project_id, last_number
  ), asked as (
    select u.*, row_number() over (partition by project order by fingerprint)
      - count(*) over (partition by project) as offset_of_number
    from unnest(p_projects, p_issues, p_fingerprints, p_counts, p_first, p_last, p_last_events,
      p_levels, p_titles, p_culprits, p_platforms)
      as u (project, issue, fingerprint, count, first, last, last_event, level, title, culprit, platform)
  )
  insert into issues (project_id, id, fingerprint, number, level, title, culprit, platform,
    event_count, first_seen, last_seen, last_seen_hour, last_event_id)
  select project, issue, fingerprint, last_number + offset_of_number, level, title, culprit, platform,
    count, first, last, date_bin('1 hour', last, '2000-01-01 00:00Z'), last_event
  from asked join taken on project_id = project
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
  select project, issue, 'new', last_event from unnest(p_projects, p_issues, p_last_events) as u (project, issue, last_event);
end $$;

-- Checks what the caller believes of issues whose events go elsewhere: into another issue (`via` is the one it was
-- merged into, `target` the end of the chain), or nowhere because they are discarded.
create function expect_redirections (
  p_projects bigint[], p_issues uuid[], p_vias uuid[], p_targets uuid[], p_discarded boolean[]
) returns void language plpgsql as $$
declare
  v_rows bigint;
begin
  select count(*) into v_rows
  from unnest(p_projects, p_issues, p_vias, p_targets, p_discarded) as u (project, issue, via, target, discarded), lateral (
    select from issues own where own.id = u.issue and coalesce(own.merged_into, own.id) = u.via limit 1
  ) own, lateral (
    select from issues target
    where target.id = u.target and target.merged_into is null and (target.status = 'discarded') = u.discarded limit 1
  ) target;
  if v_rows <> cardinality(p_issues) then
    raise exception 'issue is not what it was' using errcode = 'MSH03';
  end if;
end $$;

-- Ends a trial: everything before it was accepted, and none of it stays.
create function undo () returns void language plpgsql as $$
begin
  raise exception 'accepted, and undone' using errcode = 'MSH00';
end $$;
