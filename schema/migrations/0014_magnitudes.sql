-- Lists by numbers of events or users. An index on the numbers themselves would be written by every event. What is indexed is how large they are, in steps of nearly
-- twice, which changes a dozen times in the life of an issue; folds keep it (fold_issues), so it is behind by about a second.

-- Four steps to ten times as many, and one for all that is below 32: most issues stay there, and young ones would change with every other event. Never
-- smaller for a greater number, which is all that lists rely on.
create function magnitude (p_number bigint) returns smallint
language sql immutable parallel safe return floor(4 * log(greatest(p_number, 31)::double precision))::smallint;

alter table issues
  add column event_magnitude smallint not null default magnitude(0),
  add column user_magnitude smallint not null default magnitude(0);

update issues set
  event_magnitude = magnitude(event_count + coalesce(merged_event_count, 0)),
  user_magnitude = magnitude(user_count + coalesce(merged_user_count, 0))
where event_count + coalesce(merged_event_count, 0) > 31 or user_count + coalesce(merged_user_count, 0) > 31;

create index issues_events on issues (project_id, status, event_magnitude desc) where merged_into is null;
create index issues_users on issues (project_id, status, user_magnitude desc) where merged_into is null;
analyze issues;

-- As fold_issue_users (0003_rollups.sql), and keeps the magnitudes of all issues that had events. `p_touched` are those, in the order of their key, in which they are
-- locked, last of all that a fold locks.
create function fold_issues (p_projects bigint[], p_issues uuid[], p_users bigint[], p_touched uuid[]) returns void language plpgsql as $$
declare
  v_users bigint[];
begin
  with added as (
    insert into issue_users (project_id, issue_id, user_hash)
    select * from unnest(p_projects, p_issues, p_users)
    on conflict do nothing
    returning issue_id
  ), counted as (
    select issue_id, count(*) as users from added group by issue_id
  )
  select array_agg(coalesce(counted.users, 0) order by touched.position) into v_users
  from unnest(p_touched) with ordinality as touched (issue, position) left join counted on counted.issue_id = touched.issue;

  update issues i set
    user_count = i.user_count + u.users,
    event_magnitude = magnitude(i.event_count + coalesce(i.merged_event_count, 0)),
    user_magnitude = magnitude(i.user_count + u.users + coalesce(i.merged_user_count, 0))
  from unnest(p_touched, v_users) as u (issue, users)
  where i.id = u.issue and (u.users > 0 or i.event_magnitude <> magnitude(i.event_count + coalesce(i.merged_event_count, 0)));
end $$;
