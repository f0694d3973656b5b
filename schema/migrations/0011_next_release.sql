-- "Resolve in next release" waits for a later release: one that no event had named at that moment, and that no known
-- release of the same package is higher than. Versions come in a form that sorts as text, before the release itself
-- (see events/releases.ts).

-- Of each package the release with the highest version that was known then.
alter table issues add column resolved_highest text[];

create function is_later_release (p_release text, p_known text[], p_highest text[]) returns boolean language sql immutable as $$
  select name <> '' and name <> all (p_known) and (version = '' or not exists (
    select from unnest(p_highest) h
    where split_part(h, U&'\001F', 1) collate "C" > version collate "C"
      and regexp_replace('@' || substr(h, strpos(h, U&'\001F') + 1), '@[^@]*$', '') = regexp_replace('@' || name, '@[^@]*$', '')
  ))
  from (select split_part(p_release, U&'\001F', 1) as version, substr(p_release, strpos(p_release, U&'\001F') + 1) as name) given
$$;

-- Counts events into issues that the caller knows, and answers the ids of those that regressed.
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
      last_seen = greatest(i.last_seen, u.last),
      last_seen_hour = greatest(i.last_seen_hour, date_bin('1 hour', u.last, '2000-01-01 00:00Z')),
      last_event_id = greatest(i.last_event_id, u.last_event)
    from unnest(p_projects, p_issues, p_counts, p_first, p_last, p_last_events, p_releases)
      as u (project, issue, count, first, last, last_event, releases)
    where i.id = u.issue and i.project_id + 0 = u.project
    returning i.id, i.merged_into is null and i.status <> 'discarded' as expected, i.status = 'resolved' and u.last > i.resolved_at and (
      i.resolved_releases is null
      or exists (select from unnest(string_to_array(u.releases, E'\n')) r where is_later_release(r, i.resolved_releases, i.resolved_highest))
    ) as regressed
  )
  select count(*) filter (where expected), array_agg(id order by id) filter (where regressed) into v_counted, v_regressed from counted;

  if v_counted <> cardinality(p_issues) then
    raise exception 'issue is not what it was' using errcode = 'MSH03';
  end if;
  if v_regressed is null then
    return null;
  end if;

  update issues set status = 'unresolved', substatus = 'regressed', resolved_at = null, resolved_releases = null, resolved_highest = null,
    regressed_by = p_batch, status_changed_at = now()
  where project_id = any (p_projects) and id = any (v_regressed);

  insert into transitions (project_id, issue_id, kind, event_id)
  select project, issue, 'regressed', last_event
  from unnest(p_projects, p_issues, p_last_events) as u (project, issue, last_event)
  where issue = any (v_regressed);
  return array_to_string(v_regressed, ',');
end $$;
