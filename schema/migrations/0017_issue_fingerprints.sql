-- Fingerprints that lead to an issue beside its own: an issue of an older version of grouping remembers here what its
-- events have as their fingerprint now. They go when the issue goes.
create table issue_fingerprints (
  project_id bigint not null,
  fingerprint bytea not null check (length(fingerprint) = 32),
  issue_id uuid not null,
  version text not null,
  primary key (project_id, fingerprint),
  foreign key (project_id, issue_id) references issues on delete cascade
);
create index issue_fingerprints_issue on issue_fingerprints (project_id, issue_id);

-- Whether a project has issues of an older version at all.
create index issue_groupings_version_1 on issue_groupings (project_id) where version = 'mesher:1';

-- Adds fingerprints to issues that have others. The arrays are sorted by (project, fingerprint). Like create_issues it
-- has the numbers of the projects first, for all that this transaction makes (`p_locked`, sorted): so no fingerprint
-- becomes a new issue and one of an old issue at the same time.
create function adopt_fingerprints (
  p_locked bigint[], p_projects bigint[], p_fingerprints bytea[], p_issues uuid[], p_version text
) returns void language plpgsql as $$
declare
  v_rows bigint;
begin
  insert into issue_numbers as n (project_id, last_number)
  select project, 0 from unnest(p_locked) project order by project
  on conflict (project_id) do update set last_number = n.last_number;

  insert into issue_fingerprints (project_id, fingerprint, issue_id, version)
  select u.project, u.fingerprint, u.issue, p_version
  from unnest(p_projects, p_fingerprints, p_issues) as u (project, fingerprint, issue)
  where exists (select from issues i where i.project_id = u.project and i.id = u.issue)
  order by 1, 2
  on conflict do nothing;

  select count(*) into v_rows
  from unnest(p_projects, p_fingerprints, p_issues) as u (project, fingerprint, issue), lateral (
    select from issue_fingerprints f
    where f.project_id = u.project and f.fingerprint = u.fingerprint and f.issue_id = u.issue limit 1
  ) adopted
  where not exists (select from issues i where i.project_id = u.project and i.fingerprint = u.fingerprint);
  if v_rows <> cardinality(p_projects) then
    raise exception 'fingerprint belongs to another issue' using errcode = 'MSH03';
  end if;
end $$;

-- Makes issues with the next numbers of their projects. All arrays are sorted by (project, fingerprint).
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
    count, first, last, date_bin('1 hour', last, '2000-01-01 00:00Z'), last_event
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
