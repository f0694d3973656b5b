-- Since when an address is known to be its user's; null for one that only an invitation has named. Users of before keep
-- theirs.
alter table users add column email_confirmed_at timestamptz;
update users set email_confirmed_at = created_at;
