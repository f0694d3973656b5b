-- An event has a title and a culprit of its own; an issue shows those of its newest event.

-- `title` is null where it is the first line of the message. Both are null in rows that are older than this.
alter table events add column title text, add column culprit text;

-- What an issue shows, null where `title` and `culprit` say it. Those are in the index of words, and messages with ids
-- in them would have every commit write all indexes of the issue: they follow when a new hour has them written anyway.
alter table issues add column newest_title text, add column newest_culprit text;

-- As before (0019_passed_time.sql), and keeps what the issue shows. The function with eight parameters stays for nodes
-- of the version before.
create function count_into_issues (
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
      i.status = 'resolved' and u.last > i.resolved_at and (
        i.resolved_releases is null
        or exists (
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
