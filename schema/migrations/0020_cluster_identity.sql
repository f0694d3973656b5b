-- Which database this is: nodes link only with nodes that work on the same one. A copy (a restored dump, a template)
-- takes the row along and differs in the server or the oid, so its first start gives it an id of its own. A replica
-- that was promoted differs in neither.

create table database_identity (
  is_only boolean primary key default true check (is_only),
  id uuid not null default gen_random_uuid(),
  -- Of the server and of this database in it, when the id was given; null where the role may not read that.
  system_identifier bigint,
  database_oid bigint
);

insert into database_identity default values;

-- The nodes that this one gets no link with, and why.
alter table nodes add column refused jsonb not null default '[]';
