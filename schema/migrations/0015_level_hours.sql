-- Events by hour and level alone, whatever environment and release: 90 days by hours are 11,000 rows of it and were half a million. Like days (0012_days.sql) its
-- hours are made once their day is over, and follow what changes later.

create table level_hours (
  project_id bigint not null,
  hour timestamptz not null,
  level text not null,
  count bigint not null,
  bytes bigint not null,
  primary key (project_id, hour, level)
);

create function add_to_level_hour () returns trigger language plpgsql as $$
begin
  if is_summed('level_hours', new.hour) then
    insert into level_hours as h (project_id, hour, level, count, bytes)
    values (new.project_id, new.hour, new.level,
      new.count - case when tg_op = 'UPDATE' then old.count else 0 end, new.bytes - case when tg_op = 'UPDATE' then old.bytes else 0 end)
    on conflict (project_id, hour, level) do update set count = h.count + excluded.count, bytes = h.bytes + excluded.bytes;
  end if;
  return null;
end $$;

create trigger project_hours_level_summed after insert or update on project_hours for each row
when (new.hour < date_trunc('day', now(), 'UTC')) execute function add_to_level_hour();

-- As in 0012_days.sql, and what is late comes one after the other: the triggers of a row write several sums, and two transactions whose rows are in order may
-- still want those in another. It is asked for when all rows of a statement are held, and by nobody who wants more of their table.
create or replace function is_summed (p_rollup text, p_hour timestamptz) returns boolean language plpgsql as $$
begin
  if coalesce(current_setting('mesher.is_folding', true), '') = 'on' then
    return false;
  end if;
  perform pg_advisory_xact_lock_shared(hashtext('mesher days'));
  if not exists (select from folded_days where rollup = p_rollup and until > (p_hour at time zone 'utc')::date) then
    return false;
  end if;
  perform pg_advisory_xact_lock(hashtext(case p_rollup when 'issue_days' then 'mesher late issue_hours' else 'mesher late project_hours' end));
  return true;
end $$;
