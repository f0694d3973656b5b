-- Sessions of people, API tokens, the links of the first setup, and failed attempts to log in. Secrets are kept as SHA-256 only: they are
-- random and long, so that a hash of any other kind would make nothing safer.

create table sessions (
  id uuid primary key,
  secret_hash bytea not null unique check (length(secret_hash) = 32),
  user_id uuid not null references users on delete cascade,
  remote_address text not null default '',
  user_agent text not null default '',
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  expires_at timestamptz not null
);
create index sessions_user on sessions (user_id);
create index sessions_age on sessions (expires_at);

create table api_tokens (
  id uuid primary key,
  secret_hash bytea not null unique check (length(secret_hash) = 32),
  user_id uuid not null references users on delete cascade,
  name text not null,
  scopes text[] not null check (scopes <@ '{read,write,admin}' and scopes <> '{}'),
  created_at timestamptz not null,
  last_used_at timestamptz,
  expires_at timestamptz
);
create index api_tokens_user on api_tokens (user_id);

-- Only while there is no user; each node adds the link that it prints.
create table setup_tokens (
  secret_hash bytea primary key check (length(secret_hash) = 32),
  created_at timestamptz not null
);

-- Attempts since `window_started_at` by whom: the hash of an account's address, or the address of a client.
create table login_attempts (
  subject text primary key,
  attempts integer not null,
  window_started_at timestamptz not null
) with (fillfactor = 80);
create index login_attempts_age on login_attempts (window_started_at);
