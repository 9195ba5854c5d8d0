-- How often somebody has done what is limited, by key and window: guesses at a password, askings for a link, forms. Unlogged, because
-- what it holds is of no use after minutes: a count costs no write to disk, and a crash forgets it.
create unlogged table identity.allowance (
  key text primary key,
  used integer not null,
  ends_at timestamptz not null
);
create index allowance_ended on identity.allowance (ends_at);
comment on table identity.allowance is 'no-tenant: what strangers did at doors, counted before anybody is known';

-- Counts one more of each, or of none where one of them is used up, and then answers which. A window begins with its first use.
create function identity.use_allowances(keys text[], most integer[], seconds double precision[]) returns text
language plpgsql set search_path = '' as $$
declare wanted record;
begin
  -- In the order of keys, so that two at once wait for each other.
  for wanted in select w.key, w.most, make_interval(secs => w.seconds) as length from unnest(keys, most, seconds) w(key, most, seconds) order by w.key loop
    insert into identity.allowance as a values (wanted.key, 1, clock_timestamp() + wanted.length)
      on conflict (key) do update set used = case when a.ends_at <= clock_timestamp() then 1 else a.used + 1 end,
        ends_at = case when a.ends_at <= clock_timestamp() then clock_timestamp() + wanted.length else a.ends_at end
      where a.ends_at <= clock_timestamp() or a.used < wanted.most;
    if not found then raise exception using errcode = 'PT429', message = wanted.key; end if;
  end loop;
  return null;
exception when sqlstate 'PT429' then
  return sqlerrm;
end $$;

revoke all on function identity.use_allowances(text[], integer[], double precision[]) from public;
grant execute on function identity.use_allowances(text[], integer[], double precision[]) to portico_app;
grant select, insert, update, delete on identity.allowance to portico_app;
drop table identity.attempt;

-- What strangers do at doors, summed by the hour: as many rows as there are hours, however many knock. A sum of an hour that is over stays.
create table audit.door (
  practice_id text not null,
  hour timestamptz not null,
  what text not null check (what ~ '^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$'),
  times bigint not null default 1,
  primary key (practice_id, hour, what)
);
call practice.guard('audit.door', 'practice');
create function audit.only_more() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.times = old.times + 1 and (new.practice_id, new.hour, new.what) = (old.practice_id, old.hour, old.what)
    and old.hour = date_trunc('hour', now(), 'UTC') then return new; end if;
  raise exception 'audit.door only counts on' using errcode = '42501';
end $$;
create trigger only_more before update or delete on audit.door for each row execute function audit.only_more();
create trigger only_more_truncate before truncate on audit.door for each statement execute function audit.only_more();
grant select, insert on audit.door to portico_app;
grant update (times) on audit.door to portico_app;

-- An event that somebody is told of and that is no act of anybody known: read by the job that tells, removed after a week.
create table audit.passing (
  practice_id text not null,
  id text not null,
  type text not null check (type ~ '^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$'),
  subject text not null,
  data jsonb not null default '{}',
  at timestamptz not null default now(),
  primary key (practice_id, id)
);
create index passing_at on audit.passing (practice_id, at);
call practice.guard('audit.passing', 'practice');
grant select, insert, delete on audit.passing to portico_app;
grant update (at) on audit.passing to portico_app; -- FOR UPDATE asks for it; no verb changes a row

-- An asking for a link that opens a portal, or a door that is locked.
alter table identity.link_request add column purpose text not null default 'access' check (purpose in ('access', 'unlock'));
alter table identity.link drop constraint link_purpose_check,
  add constraint link_purpose_check check (purpose in ('access', 'invitation', 'step', 'unlock'));

-- Who looked at whom.
alter table audit.read add column patient_id text;
create index read_patient on audit.read (practice_id, patient_id, at) where patient_id is not null;
