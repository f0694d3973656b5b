-- What build tools and people say of releases, beside what events tell (project_releases): commits, deploys, dates.

create table releases (
  project_id bigint not null references projects,
  release text not null check (release <> ''),
  status text not null default 'open' check (status in ('open', 'archived')),
  url text not null default '',
  started_at timestamptz,
  released_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (project_id, release)
);

-- `position` 0 is the newest. `files` is what the commit changed: [{"path", "type"}], type one of A, M, D.
create table release_commits (
  project_id bigint not null,
  release text not null,
  position integer not null,
  sha text not null,
  repository text not null default '',
  message text not null default '',
  author_name text not null default '',
  author_email text not null default '',
  committed_at timestamptz,
  files json not null default '[]',
  primary key (project_id, release, position),
  foreign key (project_id, release) references releases on delete cascade
);
create index release_commits_sha on release_commits (project_id, sha);

create table deploys (
  project_id bigint not null,
  id uuid not null,
  release text not null,
  environment text not null,
  name text not null default '',
  url text not null default '',
  started_at timestamptz,
  finished_at timestamptz not null,
  primary key (project_id, id),
  foreign key (project_id, release) references releases on delete cascade
);
create index deploys_release on deploys (project_id, release, finished_at desc);
create index deploys_time on deploys (project_id, finished_at desc);

-- Where the files of frames are in a repository: what a path begins with there, and what it begins with here.
create table code_mappings (
  project_id bigint not null references projects,
  id uuid not null,
  position integer not null,
  stack_root text not null,
  source_root text not null,
  repository text not null default '',
  branch text not null default '',
  primary key (project_id, id)
);

-- Templates of links: https://…/{repo}/commit/{sha} and https://…/{repo}/blob/{sha}/{path}#L{line}.
-- '' for no links.
alter table projects add column commit_url text not null default '';
alter table projects add column source_url text not null default '';

-- `ci` is for builds: releases and artifacts, and nothing else.
alter table api_tokens drop constraint api_tokens_scopes_check;
alter table api_tokens add constraint api_tokens_scopes_check
  check (scopes <@ '{read,write,admin,ci}' and scopes <> '{}');

-- How often it was begun to assemble a bundle: one that ends the process each time is given up.
alter table artifact_bundles add column attempts integer not null default 0;
-- Of a debug file, as its uploader says.
alter table artifact_bundles add column debug_id text not null default '';
