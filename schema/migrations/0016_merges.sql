-- Merged issues lead to their root directly: no issue is merged into one that is itself merged. Every read relies on
-- it.
-- The program has always kept it; from here on the database refuses anything else.

-- Chains and circles that were written by hand: of a chain every issue leads to its end, of a circle to nothing.
with recursive chain as (
  select c.project_id, c.id, r.id as root, r.merged_into as next, array[c.id, r.id] as path
  from issues c join issues r on r.project_id = c.project_id and r.id = c.merged_into
  where c.merged_into is not null and r.merged_into is not null
  union all
  select c.project_id, c.id, r.id, r.merged_into, c.path || r.id
  from chain c join issues r on r.project_id = c.project_id and r.id = c.next
  where r.id <> all (c.path)
), flat as (
  select project_id, id, (array_agg(root) filter (where next is null))[1] as root from chain group by project_id, id
)
update issues i set merged_into = flat.root from flat where i.project_id = flat.project_id and i.id = flat.id;

-- The sums of roots, where they are not what leads to them (services/issues/merges.ts).
with sums as (
  select project_id, merged_into as id, sum(event_count)::bigint as events, sum(user_count)::bigint as users,
    min(first_seen) as first, max(last_seen) as last
  from issues where merged_into is not null group by project_id, merged_into
)
update issues i set
  merged_event_count = s.events, merged_user_count = s.users, merged_first_seen = s.first, merged_last_seen = s.last,
  last_seen_hour = date_bin('1 hour', greatest(i.last_seen, s.last), '2000-01-01 00:00Z'),
  event_magnitude = magnitude(i.event_count + s.events), user_magnitude = magnitude(i.user_count + s.users)
from sums s where i.project_id = s.project_id and i.id = s.id
  and (i.merged_event_count, i.merged_first_seen, i.merged_last_seen) is distinct from (s.events, s.first, s.last);

-- And of issues to which nothing leads any more.
update issues set
  merged_event_count = null, merged_user_count = null, merged_first_seen = null, merged_last_seen = null,
  last_seen_hour = date_bin('1 hour', last_seen, '2000-01-01 00:00Z'),
  event_magnitude = magnitude(event_count), user_magnitude = magnitude(user_count)
where merged_event_count is not null
  and not exists (select from issues c where c.project_id = issues.project_id and c.merged_into = issues.id);

-- Runs after the statement that merges, so one statement may move a whole family. The root stays locked against being
-- merged until the end of the transaction. The lock of the foreign key does not do that.
create function refuse_merge_chain () returns trigger language plpgsql as $$
begin
  perform from issues where project_id = new.project_id and id = new.merged_into and merged_into is null for share;
  if not found then
    raise exception 'an issue cannot be merged into one that is itself merged'
      using errcode = '23514', table = 'issues';
  end if;
  if exists (select from issues where project_id = new.project_id and merged_into = new.id) then
    raise exception 'an issue that others were merged into cannot be merged alone'
      using errcode = '23514', table = 'issues';
  end if;
  return null;
end $$;

create trigger issues_merge_chain after insert or update of merged_into on issues for each row
when (new.merged_into is not null) execute function refuse_merge_chain();

-- Checks what the caller believes of issues whose events go elsewhere: to the root that they were merged into, or
-- nowhere because it is discarded. The one with five parameters stays for nodes of the version before.
create function expect_redirections (p_projects bigint[], p_issues uuid[], p_roots uuid[], p_discarded boolean[])
returns void language plpgsql as $$
declare
  v_rows bigint;
begin
  select count(*) into v_rows
  from unnest(p_projects, p_issues, p_roots, p_discarded) as u (project, issue, root, discarded), lateral (
    select from issues own where own.id = u.issue and coalesce(own.merged_into, own.id) = u.root limit 1
  ) own, lateral (
    select from issues root
    where root.id = u.root and root.merged_into is null and (root.status = 'discarded') = u.discarded limit 1
  ) root;
  if v_rows <> cardinality(p_issues) then
    raise exception 'issue is not what it was' using errcode = 'MSH03';
  end if;
end $$;
