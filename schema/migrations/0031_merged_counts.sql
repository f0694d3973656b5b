-- Events of merged issues are counted by the issue of their own fingerprint; the root has the sums of what was merged
-- into it. So an issue that is taken out of a merge has what came meanwhile, as if it had never been merged. What
-- earlier versions counted stays with the root.

-- What an issue was merged into itself. Its root may be another one since, by a merge of that: when that is undone, the
-- issue goes along. Null where earlier versions merged: then it is the root.
alter table issues add column merged_via uuid;

-- Whether events of these releases bring a resolved issue back (0030_resolved_in_release.sql).
create function regresses (p_issue issues, p_releases text) returns boolean language sql stable as $$
  select (p_issue.resolved_releases is null and p_issue.resolved_highest is null)
    or exists (
      select from unnest(case p_releases when '' then '{""}' else string_to_array(p_releases, E'\n') end) r
      where case
        when p_issue.resolved_releases is not null
          then is_later_release(r, p_issue.resolved_releases, p_issue.resolved_highest)
        when r = '' then p_issue.resolved_in_release is null
        else not is_older_release(p_issue.project_id, r, p_issue.resolved_highest)
      end
    )
$$;

-- As before (0030_resolved_in_release.sql), with the root that each issue was merged into, or itself. The function
-- with ten parameters stays for nodes of the version before.
create function count_into_issues (
  p_batch uuid, p_projects bigint[], p_issues uuid[], p_counts bigint[],
  p_first timestamptz[], p_last timestamptz[], p_last_events uuid[], p_releases text[],
  p_titles text[], p_culprits text[], p_roots uuid[]
) returns text language plpgsql as $$
declare
  v_counted bigint;
  v_regressed uuid[];
  v_merged boolean := p_issues <> p_roots;
  v_merged_expected boolean;
  v_merged_regressed uuid[];
begin
  -- All in one order, before a root is updated after what was merged into it.
  if v_merged then
    perform from (
      select project, issue from unnest(p_projects, p_issues) as own (project, issue)
      union
      select project, root from unnest(p_projects, p_roots) as roots (project, root)
      order by 1, 2
    ) u, lateral (select from issues i where i.id = u.issue for no key update) locked;
  end if;

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
      from unnest(p_projects, p_issues, p_counts, p_first, p_last, p_last_events, p_releases, p_titles, p_culprits,
        p_roots) as u (project, issue, count, first, last, last_event, releases, title, culprit, root)
    ) u
    where i.id = u.issue and i.project_id + 0 = u.project
    returning i.id,
      coalesce(i.merged_into, i.id) = u.root and (i.merged_into is not null or i.status <> 'discarded') as expected,
      case
        when i.status = 'resolved' and i.merged_into is null and u.last > i.resolved_at then regresses(i, u.releases)
        else false
      end as regressed
  )
  select count(*) filter (where expected), array_agg(id order by id) filter (where regressed)
  into v_counted, v_regressed from counted;

  if v_counted <> cardinality(p_issues) then
    raise exception 'issue is not what it was' using errcode = 'MSH03';
  end if;

  if v_merged then
    with merged as (
      update issues i set
        merged_event_count = coalesce(i.merged_event_count, 0) + u.count,
        merged_first_seen = least(i.merged_first_seen, u.first),
        merged_last_seen = greatest(i.merged_last_seen, least(u.last, now())),
        last_seen_hour = greatest(i.last_seen_hour, date_bin('1 hour', least(u.last, now()), '2000-01-01 00:00Z'))
      from (
        select project, root, sum(count)::bigint as count, min(first) as first, max(last) as last,
          string_agg(releases, E'\n') as releases
        from unnest(p_projects, p_issues, p_roots, p_counts, p_first, p_last, p_releases)
          as u (project, issue, root, count, first, last, releases)
        where root <> issue group by project, root
      ) u
      where i.id = u.root and i.project_id + 0 = u.project
      returning i.id, i.merged_into is null and i.status <> 'discarded' as expected,
        case when i.status = 'resolved' and u.last > i.resolved_at then regresses(i, u.releases) else false end
          as regressed
    )
    select bool_and(expected), array_agg(id) filter (where regressed) into v_merged_expected, v_merged_regressed
    from merged;
    if v_merged_expected is distinct from true then
      raise exception 'issue is not what it was' using errcode = 'MSH03';
    end if;
    v_regressed := (select array_agg(distinct id order by id) from unnest(v_regressed || v_merged_regressed) id);
  end if;
  if v_regressed is null then
    return null;
  end if;

  update issues set status = 'unresolved', substatus = 'regressed', resolved_at = null, resolved_releases = null,
    resolved_highest = null, resolved_in_release = null, regressed_by = p_batch, status_changed_at = now()
  where project_id = any (p_projects) and id = any (v_regressed);

  insert into transitions (project_id, issue_id, kind, event_id)
  select project, root, 'regressed', (array_agg(last_event order by last_event desc))[1]
  from unnest(p_projects, p_roots, p_last_events) as u (project, root, last_event)
  where root = any (v_regressed) group by project, root order by project, root;
  return array_to_string(v_regressed, ',');
end $$;

-- As before (0014_magnitudes.sql), and keeps the users of merged issues: `merged_user_count` are the users of what was
-- merged into a root which the root itself has not seen.
create or replace function fold_issues (p_projects bigint[], p_issues uuid[], p_users bigint[], p_touched uuid[])
returns void language plpgsql as $$
declare
  v_users bigint[];
  v_added uuid[];
  v_hashes bigint[];
  v_roots uuid[];
begin
  with added as (
    insert into issue_users (project_id, issue_id, user_hash)
    select * from unnest(p_projects, p_issues, p_users)
    on conflict do nothing
    returning issue_id, user_hash
  )
  select array_agg(issue_id), array_agg(user_hash) into v_added, v_hashes from added;

  v_roots := (
    select array_agg(distinct coalesce(i.merged_into, i.id))
    from unnest(p_touched) touched join issues i on i.id = touched
    where i.merged_into is not null or i.merged_event_count is not null
  );
  if v_roots is not null then
    perform from (
      select i.project_id, i.id from issues i where i.id = any (p_touched || v_roots) order by i.project_id, i.id
    ) u, lateral (select from issues i where i.id = u.id for no key update) locked;
    perform fold_merged_users(v_roots, v_added, v_hashes);
  end if;

  select array_agg(coalesce(counted.users, 0) order by touched.position) into v_users
  from unnest(p_touched) with ordinality as touched (issue, position) left join (
    select issue, count(*) as users from unnest(v_added) issue group by issue
  ) counted on counted.issue = touched.issue;

  update issues i set
    user_count = i.user_count + u.users,
    event_magnitude = magnitude(i.event_count + coalesce(i.merged_event_count, 0)),
    user_magnitude = magnitude(i.user_count + u.users + coalesce(i.merged_user_count, 0))
  from unnest(p_touched, v_users) as u (issue, users)
  where i.id = u.issue
    and (u.users > 0 or i.event_magnitude <> magnitude(i.event_count + coalesce(i.merged_event_count, 0)));

  if v_roots is not null then
    update issues i set
      event_magnitude = magnitude(i.event_count + coalesce(i.merged_event_count, 0)),
      user_magnitude = magnitude(i.user_count + coalesce(i.merged_user_count, 0))
    where i.id = any (v_roots);
  end if;
end $$;

-- Users that were added to families: one that nobody of a family had and that the root has not now is one more of what
-- was merged into it; one that the root has now and that had come with something merged is one less. The issues are
-- locked.
create function fold_merged_users (p_roots uuid[], p_added uuid[], p_hashes bigint[]) returns void language sql as $$
  with added as materialized (
    select i.project_id, coalesce(i.merged_into, i.id) as root, i.id, a.user_hash
    from unnest(p_added, p_hashes) as a (issue, user_hash) join issues i on i.id = a.issue
    where coalesce(i.merged_into, i.id) = any (p_roots)
  ), users as (
    select project_id, root, user_hash, bool_or(id = root) as is_roots from added group by project_id, root, user_hash
  ), changed as (
    select users.project_id, users.root, count(*) filter (where not is_roots and not had.known)
      - count(*) filter (where is_roots and had.merged) as change
    from users cross join lateral (
      select coalesce(bool_or(true), false) as known, coalesce(bool_or(f.id <> users.root), false) as merged
      from issues f join issue_users u on u.project_id = f.project_id and u.issue_id = f.id
        and u.user_hash = users.user_hash
      where f.project_id = users.project_id and (f.id = users.root or f.merged_into = users.root)
        and not exists (select from added a where a.id = f.id and a.user_hash = users.user_hash)
    ) had group by users.project_id, users.root
  )
  update issues i set merged_user_count = coalesce(i.merged_user_count, 0) + c.change
  from changed c where i.project_id = c.project_id and i.id = c.root and c.change <> 0
$$;
