-- Names that organizations and projects had before: addresses with them lead to what has another name now, until
-- somebody else takes the name. The last one that had a name has it here.
create table former_organization_slugs (
  slug text primary key,
  organization_id uuid not null references organizations on delete cascade
);

create table former_project_slugs (
  organization_id uuid not null,
  slug text not null,
  project_id bigint not null references projects on delete cascade,
  primary key (organization_id, slug)
);
create index former_project_slugs_slug on former_project_slugs (slug);

create function remember_organization_slug () returns trigger language plpgsql as $$
begin
  insert into former_organization_slugs (slug, organization_id) values (old.slug, new.id)
  on conflict (slug) do update set organization_id = excluded.organization_id;
  return null;
end $$;
create trigger organizations_renamed after update of slug on organizations for each row
when (old.slug <> new.slug and new.deleted_at is null) execute function remember_organization_slug();

create function remember_project_slug () returns trigger language plpgsql as $$
begin
  insert into former_project_slugs (organization_id, slug, project_id) values (old.organization_id, old.slug, new.id)
  on conflict (organization_id, slug) do update set project_id = excluded.project_id;
  return null;
end $$;
create trigger projects_renamed after update of slug on projects for each row
when (old.slug <> new.slug and new.deleted_at is null) execute function remember_project_slug();
