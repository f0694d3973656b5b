-- When a release had its last event, to the moment: the hours of a project know it to the hour, and stand for it where
-- earlier versions counted.
alter table project_releases add column last_seen timestamptz;
-- It is updated with every fold.
alter table project_releases set (fillfactor = 80);

update project_releases p set last_seen = greatest(p.first_seen, (
  select hour from project_hours h where h.project_id = p.project_id and h.release = p.release
  order by hour desc limit 1));
