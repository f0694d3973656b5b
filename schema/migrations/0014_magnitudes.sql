-- Lists by numbers of events or users. An index on the numbers themselves would be written by every event; how large they are, in steps of nearly twice, changes a
-- few dozen times in the life of an issue, and all other updates stay in place: PostgreSQL compares what is stored, not what it was made of.

-- Four steps to ten times as many; never smaller for a greater number, which is all that lists rely on.
create function magnitude (p_number bigint) returns smallint
language sql immutable parallel safe return floor(4 * log(greatest(p_number, 1)::double precision))::smallint;

alter table issues
  add column event_magnitude smallint not null generated always as (magnitude(event_count + coalesce(merged_event_count, 0))) stored,
  add column user_magnitude smallint not null generated always as (magnitude(user_count + coalesce(merged_user_count, 0))) stored;

create index issues_events on issues (project_id, status, event_magnitude desc) where merged_into is null;
create index issues_users on issues (project_id, status, user_magnitude desc) where merged_into is null;
