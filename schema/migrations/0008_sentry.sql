-- What people wrote about events. The id is made of what the client sent, so the same words sent again are one row. `event_id` is the client's
-- id of the event they are about; `stored_event_id` the event's own, where it was known when the words came.
create table user_feedback (
  project_id bigint not null,
  id uuid not null,
  event_id uuid,
  stored_event_id uuid,
  received_at timestamptz not null,
  name text not null,
  email text not null,
  message text not null,
  url text not null,
  environment text not null,
  release text not null,
  primary key (project_id, id)
);
create index user_feedback_list on user_feedback (project_id, received_at desc, id desc);
create index user_feedback_event on user_feedback (project_id, event_id) where event_id is not null;
create index user_feedback_stored_event on user_feedback (project_id, stored_event_id) where stored_event_id is not null;
create index user_feedback_age on user_feedback (received_at);

-- For walking from one release or environment of a project to the next.
create index project_hours_release on project_hours (project_id, release, hour);
create index project_hours_environment on project_hours (project_id, environment, hour);
