-- Tenants that people make, change and leave: invitations, what is to be erased, and since when a project keeps events for how long.

-- A deleted organization or project keeps its row, so that its id is never another's; its slug is free again.
alter table organizations add column deleted_at timestamptz;
alter table organizations drop constraint organizations_slug_key;
create unique index organizations_slug on organizations (slug) where deleted_at is null;

-- One is gone once it was accepted. Only the hash of what stands in the link is kept.
create table invites (
  organization_id uuid not null references organizations,
  id uuid not null,
  secret_hash bytea not null unique check (length(secret_hash) = 32),
  email text not null check (email = lower(email)),
  role text not null check (role in ('owner', 'admin', 'member')),
  invited_by uuid references users on delete set null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (organization_id, id)
);
create index invites_age on invites (expires_at);

-- From when on new events of a project were stored under which class. A project without rows has had one class only.
create table retention_periods (
  project_id bigint not null,
  since timestamptz not null,
  retention_days smallint not null check (retention_days in (30, 60, 90)),
  primary key (project_id, since)
);

-- Data to be removed in the background, in chunks. An erasure goes over the tables again and again, `position` being the last one it was at,
-- and is finished after a pass that found nothing (`pass_rows` counts those of the present pass). It rests until `due_at`.
create table erasures (
  id uuid primary key,
  kind text not null check (kind in ('organization', 'project', 'issue', 'older_than')),
  organization_id uuid not null,
  project_id bigint check (project_id is not null or kind = 'organization'),
  issue_id uuid check (issue_id is not null or kind <> 'issue'),
  received_before timestamptz check (received_before is not null or kind <> 'older_than'),
  name text not null,
  requested_by uuid,
  requested_at timestamptz not null,
  due_at timestamptz not null,
  position text collate "C" not null default '',
  pass_rows bigint not null default 0,
  rows_removed bigint not null default 0,
  finished_at timestamptz
);
create index erasures_due on erasures (due_at) where finished_at is null;
create index erasures_list on erasures (organization_id, id);
create index erasures_requester on erasures (requested_by, id);
create index erasures_project on erasures (project_id, kind);
