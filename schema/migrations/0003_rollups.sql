-- Adds users to issues and the number of those that were new to each issue's count; issues are locked in the order of
-- their key, and last of all that a fold locks.
create function fold_issue_users (p_projects bigint[], p_issues uuid[], p_users bigint[]) returns void language plpgsql as $$
declare
  v_projects bigint[];
  v_issues uuid[];
  v_counts bigint[];
begin
  with added as (
    insert into issue_users (project_id, issue_id, user_hash)
    select * from unnest(p_projects, p_issues, p_users)
    on conflict do nothing
    returning project_id, issue_id
  ), counted as (
    select project_id, issue_id, count(*) as users from added group by project_id, issue_id
  )
  select array_agg(project_id order by project_id, issue_id), array_agg(issue_id order by project_id, issue_id),
    array_agg(users order by project_id, issue_id)
  into v_projects, v_issues, v_counts from counted;

  if v_issues is not null then
    update issues i set user_count = i.user_count + u.users
    from unnest(v_projects, v_issues, v_counts) as u (project, issue, users)
    where i.id = u.issue and i.project_id + 0 = u.project;
  end if;
end $$;
