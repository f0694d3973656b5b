-- What build tools upload: scripts with their source maps, and debug files. A chunk waits, for a day at most, until a
-- bundle is made of it. A file is there once for a project, whatever bundles hold it, in parts of bounded size.

create table artifact_chunks (
  organization_id uuid not null references organizations,
  sha1 bytea not null check (length(sha1) = 20),
  bytes integer not null,
  data bytea not null,
  used_at timestamptz not null default now(),
  primary key (organization_id, sha1)
);
alter table artifact_chunks alter column data set storage external;
create index artifact_chunks_age on artifact_chunks (used_at);

-- `checksum` is that of the archive, whose chunks are named until it is read. `is_told`: its uploader knows the error.
create table artifact_bundles (
  project_id bigint not null references projects,
  id uuid not null,
  kind text not null check (kind in ('scripts', 'debug_file')),
  name text not null default '',
  checksum bytea not null check (length(checksum) = 20),
  release text not null default '',
  dist text not null default '',
  state text not null check (state in ('waiting', 'assembling', 'ok', 'error', 'deleted')),
  detail text not null default '',
  is_told boolean not null default false,
  chunks bytea[] not null default '{}',
  bytes bigint not null default 0,
  file_count integer not null default 0,
  uploaded_at timestamptz not null default now(),
  worked_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  primary key (project_id, id)
);
create unique index artifact_bundles_content on artifact_bundles (project_id, checksum, kind, release, dist)
  where state <> 'deleted';
create index artifact_bundles_release on artifact_bundles (project_id, release, uploaded_at desc);
create index artifact_bundles_work on artifact_bundles (worked_at) where state in ('waiting', 'assembling');
create index artifact_bundles_deleted on artifact_bundles (project_id) where state = 'deleted';
create index artifact_bundles_age on artifact_bundles (last_used_at);

create table artifact_files (
  project_id bigint not null,
  sha1 bytea not null check (length(sha1) = 20),
  bytes bigint not null,
  stored_bytes bigint not null,
  added_at timestamptz not null default now(),
  primary key (project_id, sha1)
);
create index artifact_files_size on artifact_files (project_id) include (stored_bytes);

-- gzip of at most 4 MiB.
create table artifact_parts (
  project_id bigint not null,
  sha1 bytea not null,
  part integer not null,
  data bytea not null,
  primary key (project_id, sha1, part),
  foreign key (project_id, sha1) references artifact_files on delete cascade
);
alter table artifact_parts alter column data set storage external;

-- Where the files of a bundle belong. `map_url` is where a script says its map is; '' where it says nothing.
create table artifact_entries (
  project_id bigint not null,
  bundle_id uuid not null,
  url text not null,
  kind text not null check (kind in ('script', 'source_map', 'source', 'other')),
  debug_id text not null default '',
  map_url text not null default '',
  release text not null,
  dist text not null,
  sha1 bytea not null,
  primary key (project_id, bundle_id, url, kind),
  foreign key (project_id, bundle_id) references artifact_bundles,
  foreign key (project_id, sha1) references artifact_files
);
create index artifact_entries_debug_id on artifact_entries (project_id, debug_id) where debug_id <> '';
create index artifact_entries_url on artifact_entries (project_id, release, url);
create index artifact_entries_file on artifact_entries (project_id, sha1);

-- When the artifacts of a project last changed, in milliseconds; 0 while there are none. Nodes read it with the keys.
alter table projects add column artifact_revision bigint not null default 0;
