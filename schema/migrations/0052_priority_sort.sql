-- Saved searches may be sorted by priority.
alter table saved_searches drop constraint saved_searches_sort_check;
alter table saved_searches add constraint saved_searches_sort_check
  check (sort in ('last_seen', 'first_seen', 'events', 'users', 'trend', 'priority'));
