-- Names of fields that are no secrets in a project, whatever they are called and hold.
alter table projects add column scrub_safe_fields text[] not null default '{}';
