-- What people do with feedback: it is open until somebody has dealt with it, or says that it is spam.
alter table user_feedback
  add column state text not null default 'open' check (state in ('open', 'resolved', 'spam')),
  add column changed_at timestamptz,
  add column changed_by uuid references users on delete set null;
create index user_feedback_state on user_feedback (project_id, state, received_at desc, id desc);
