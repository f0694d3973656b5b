-- Issues of people who have left: they had an assignee whom no list of members shows and no filter finds.
with orphaned as (
  update issues i set assignee_id = null from projects p
  where p.id = i.project_id and i.assignee_id is not null
    and not exists (select from memberships m where m.organization_id = p.organization_id and m.user_id = i.assignee_id)
  returning i.project_id, i.id
)
insert into issue_activity (project_id, issue_id, kind, data) select project_id, id, 'unassigned', '{"left": {}}'
from orphaned order by project_id, id;
