-- Sums of hours by day, for reads over weeks: a month of an issue is 30 rows and not 2,000. Ingestion does not pay for them. Days are made once they
-- are over (services/rollups/days.ts; `folded_days` says up to which), and whatever changes an hour of a past day later (a spool that is replayed, an erasure)
-- is added to its day by a trigger, which looks at hours before today alone.

create table issue_days (
  project_id bigint not null,
  issue_id uuid not null,
  day date not null,
  environment text not null,
  count bigint not null,
  primary key (project_id, issue_id, day, environment)
);

create table project_days (
  project_id bigint not null,
  day date not null,
  level text not null,
  environment text not null,
  release text not null,
  count bigint not null,
  bytes bigint not null,
  primary key (project_id, day, level, environment, release)
);

-- Whether hours of this day have become its sums. The lock, shared here and exclusive where days are made, lets no change slip between the two.
create function is_summed (p_rollup text, p_hour timestamptz) returns boolean language plpgsql as $$
begin
  if coalesce(current_setting('mesher.is_folding', true), '') = 'on' then
    return false;
  end if;
  perform pg_advisory_xact_lock_shared(hashtext('mesher days'));
  return exists (select from folded_days where rollup = p_rollup and until > (p_hour at time zone 'utc')::date);
end $$;

create function add_to_issue_day () returns trigger language plpgsql as $$
begin
  if is_summed('issue_days', new.hour) then
    insert into issue_days as d (project_id, issue_id, day, environment, count)
    values (new.project_id, new.issue_id, (new.hour at time zone 'utc')::date, new.environment, new.count - case when tg_op = 'UPDATE' then old.count else 0 end)
    on conflict (project_id, issue_id, day, environment) do update set count = d.count + excluded.count;
  end if;
  return null;
end $$;

create function add_to_project_day () returns trigger language plpgsql as $$
begin
  if is_summed('project_days', new.hour) then
    insert into project_days as d (project_id, day, level, environment, release, count, bytes)
    values (new.project_id, (new.hour at time zone 'utc')::date, new.level, new.environment, new.release,
      new.count - case when tg_op = 'UPDATE' then old.count else 0 end, new.bytes - case when tg_op = 'UPDATE' then old.bytes else 0 end)
    on conflict (project_id, day, level, environment, release) do update set count = d.count + excluded.count, bytes = d.bytes + excluded.bytes;
  end if;
  return null;
end $$;

create trigger issue_hours_summed after insert or update on issue_hours for each row
when (new.hour < date_trunc('day', now(), 'UTC')) execute function add_to_issue_day();
create trigger project_hours_summed after insert or update on project_hours for each row
when (new.hour < date_trunc('day', now(), 'UTC')) execute function add_to_project_day();
