-- An issue may be resolved in a commit. Until a release holds it no event brings the issue back; then it is resolved in
-- that release. `resolved_in_release` null means that none holds it yet.
alter table issues add column resolved_in_commit text;
create index issues_resolved_in_commit on issues (project_id)
where resolved_in_commit is not null and resolved_in_release is null;

-- As before (0031_merged_counts.sql), and nothing brings back what waits for its commit.
create or replace function regresses (p_issue issues, p_releases text) returns boolean language sql stable as $$
  select not (p_issue.resolved_in_commit is not null and p_issue.resolved_in_release is null) and (
    (p_issue.resolved_releases is null and p_issue.resolved_highest is null)
    or exists (
      select from unnest(case p_releases when '' then '{""}' else string_to_array(p_releases, E'\n') end) r
      where case
        when p_issue.resolved_releases is not null
          then is_later_release(r, p_issue.resolved_releases, p_issue.resolved_highest)
        when r = '' then p_issue.resolved_in_release is null
        else not is_older_release(p_issue.project_id, r, p_issue.resolved_highest)
      end
    )
  )
$$;

-- Whatever ends a resolution ends this, nodes of the version before too.
create function forget_commit () returns trigger language plpgsql as $$
begin
  new.resolved_in_commit = null;
  return new;
end $$;

create trigger issues_commit_gone before update of status on issues for each row
when (old.resolved_in_commit is not null and new.status <> 'resolved') execute function forget_commit();
