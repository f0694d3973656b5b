-- A commit says which retention it believes its projects to have, and is refused when one has another by now (MSH04):
-- so a new retention holds for every event that is accepted after its change was answered, on every node. A node of the
-- version before does not ask.
create function expect_retention (p_projects bigint[], p_days bigint[]) returns void language plpgsql as $$
begin
  if exists (
    select from unnest(p_projects, p_days) as u (project, days), lateral (
      select retention_days from projects p where p.id = u.project limit 1
    ) present where present.retention_days <> u.days
  ) then
    raise exception 'retention is not what it was' using errcode = 'MSH04';
  end if;
end $$;
