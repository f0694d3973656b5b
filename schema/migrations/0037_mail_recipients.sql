-- Addresses that alert rules of an organization name. Mail goes to those that were confirmed by the link that was sent
-- to them (or belong to members with a confirmed address); `declined_at` is a refusal for good.
create table mail_recipients (
  organization_id uuid not null references organizations on delete cascade,
  email text not null check (email = lower(email)),
  secret_hash bytea unique check (length(secret_hash) = 32),
  asked_by uuid references users on delete set null,
  asked_at timestamptz,
  times_asked integer not null default 0,
  confirmed_at timestamptz,
  declined_at timestamptz,
  primary key (organization_id, email)
);
create index mail_recipients_email on mail_recipients (email, asked_at);
create index mail_recipients_asked_by on mail_recipients (asked_by);

-- Mails of an organization in the hour that began at `since`.
create table mail_counts (
  organization_id uuid not null references organizations on delete cascade,
  kind text not null check (kind in ('alert', 'question')),
  since timestamptz not null,
  mails integer not null,
  primary key (organization_id, kind)
);

-- Who gets mail by the rules of before goes on getting it.
insert into mail_recipients (organization_id, email, confirmed_at)
select distinct p.organization_id, lower(t.email), now()
from alert_rules r
  join projects p on p.id = r.project_id and p.deleted_at is null
  cross join jsonb_array_elements(r.actions) a (action)
  cross join jsonb_array_elements_text(a.action->'to') t (email)
where a.action->>'type' = 'email';
