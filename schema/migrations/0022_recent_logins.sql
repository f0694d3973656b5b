-- When the user of a session has last given their password; null means when it began.
alter table sessions add column confirmed_at timestamptz;
