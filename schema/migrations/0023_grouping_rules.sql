-- Rules of a project for grouping, as people wrote them. `grouping_revision` counts their changes, so that nodes read
-- the texts again only when there is something new; 0 where there never were any.
alter table projects
  add column fingerprint_rules text not null default '',
  add column stack_rules text not null default '',
  add column grouping_revision integer not null default 0;
