-- How often each DSN key was used, by the hour, and which clients used it last. A revoked key takes both along.
create table dsn_key_hours (
  project_id bigint not null,
  key_id uuid not null,
  hour timestamptz not null,
  -- Events that were sent with it and not refused at once.
  count bigint not null,
  last_used_at timestamptz not null,
  primary key (project_id, key_id, hour),
  foreign key (project_id, key_id) references dsn_keys (project_id, id) on delete cascade
) with (fillfactor = 80);
create index dsn_key_hours_age on dsn_key_hours (hour);

create table dsn_key_clients (
  project_id bigint not null,
  key_id uuid not null,
  -- As it names itself, such as sentry.python/2.19.0; '' where it says nothing.
  client text not null,
  last_used_at timestamptz not null,
  primary key (project_id, key_id, client),
  foreign key (project_id, key_id) references dsn_keys (project_id, id) on delete cascade
) with (fillfactor = 80);
