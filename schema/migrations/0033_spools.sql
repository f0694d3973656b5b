-- What each node last said of its spool: since when its oldest file waits (null when none does), and when it said so.
-- A batch of the ledger that no spool can replay any more need not be remembered (services/commit/ledger.ts).
create table spools (
  node text primary key,
  oldest_at timestamptz,
  noted_at timestamptz not null
);
