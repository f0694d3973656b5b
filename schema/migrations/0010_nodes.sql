-- The nodes that work on this database, each with what it last said of itself: how others find it, and what `mesher nodes` lists. Nothing
-- else relies on it: a row says that a node was there, not that it still is.

create table nodes (
  name text not null,
  incarnation bigint not null,
  -- Where other nodes knock, "host:port"; null for one that links with nobody.
  address text,
  version text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  -- The share of its time that its event loop was busy.
  load double precision not null,
  links text[] not null,
  routes jsonb not null,
  primary key (name, incarnation)
);
