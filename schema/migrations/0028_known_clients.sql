-- Browsers (the hash of a cookie) and networks from which a user has logged in. They have attempts of their own, so
-- that attempts of strangers lock nobody out.
create table known_clients (
  user_id uuid not null references users on delete cascade,
  client text not null,
  last_used_at timestamptz not null,
  primary key (user_id, client)
);
create index known_clients_client on known_clients (client);
create index known_clients_age on known_clients (last_used_at);
