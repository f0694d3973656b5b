-- Searches of issues with a name: of one person, or shared with the organization. Those of somebody whose account is
-- deleted go with it.
create table saved_searches (
  project_id bigint not null references projects on delete cascade,
  id uuid not null,
  owner_id uuid not null references users on delete cascade,
  name text not null,
  query text not null,
  sort text not null check (sort in ('last_seen', 'first_seen', 'events', 'users', 'trend')),
  is_shared boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (project_id, id)
);
create index saved_searches_owner on saved_searches (owner_id);

-- The one that a person's list of issues begins with.
create table default_searches (
  project_id bigint not null,
  user_id uuid not null references users on delete cascade,
  search_id uuid not null,
  primary key (project_id, user_id),
  foreign key (project_id, search_id) references saved_searches on delete cascade
);
create index default_searches_search on default_searches (project_id, search_id);
create index default_searches_user on default_searches (user_id);
