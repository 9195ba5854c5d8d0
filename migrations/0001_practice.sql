-- The tenant. Every later table carries practice_id first in its key, has row-level security enabled and forced,
-- and is reached by portico_app, which owns nothing and cannot bypass policies. Settings are per transaction.
create schema practice;

create function practice.current() returns text language plpgsql stable as $$
declare value text := current_setting('portico.practice', true);
begin
  -- An earlier transaction of the same connection leaves '' behind, a fresh session null: both are nobody's.
  if value is null or value = '' then
    raise exception 'no practice is set for this transaction' using errcode = '42501';
  end if;
  return value;
end $$;

-- The household accounts, or patients, this transaction may see; null means all of the practice.
create function practice.listed(setting text) returns text[] language plpgsql stable as $$
declare value text := current_setting(setting, true);
begin
  if value is null or value = '' then
    raise exception '% is not set for this transaction', setting using errcode = '42501';
  end if;
  if value = '*' then return null; end if;
  if value = 'none' then return '{}'; end if;
  return string_to_array(value, ',');
end $$;

-- Puts the walls around one table: 'practice' alone, or with the row's account_id, or with its patient_id.
create procedure practice.guard(wall regclass, by text) language plpgsql as $$
declare condition text := 'practice_id = (select practice.current())';
begin
  if by = 'account' then
    condition := condition || ' and ((select practice.listed(''portico.accounts'')) is null or account_id = any ((select practice.listed(''portico.accounts''))::text[]))';
  elsif by = 'patient' then
    condition := condition || ' and ((select practice.listed(''portico.patients'')) is null or patient_id = any ((select practice.listed(''portico.patients''))::text[]))';
  elsif by <> 'practice' then
    raise exception 'a wall is by practice, account or patient, not %', by;
  end if;
  execute format('alter table %s enable row level security', wall);
  execute format('alter table %s force row level security', wall);
  execute format('create policy %I on %s using (%s) with check (%s)', by, wall, condition, condition);
end $$;

-- Refuses change and removal of facts, for the owner too.
create function practice.append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_schema || '.' || tg_table_name using errcode = '42501';
end $$;

create procedure practice.forbid_change(facts regclass) language plpgsql as $$
begin
  execute format('create trigger append_only before update or delete on %s for each row execute function practice.append_only()', facts);
  execute format('create trigger append_only_truncate before truncate on %s for each statement execute function practice.append_only()', facts);
end $$;

create table practice.directory (
  id text primary key,
  slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'
    and slug not in ('api', 'fhir', 'webhooks', 'dev', 'healthz', 'readyz', 'metrics', 'assets')),
  position bigint generated always as identity
);
comment on table practice.directory is 'no-tenant: the list of practices, by which an address or a sweep finds one';

create table practice.practice (
  practice_id text primary key references practice.directory (id),
  name text not null check (name <> ''),
  time_zone text not null,
  locale text not null check (locale in ('en', 'es')),
  currency text not null default 'usd' check (currency in ('usd', 'cad')),
  phone text not null,
  email text not null,
  address jsonb not null default '{}',
  tax_id text,
  npi text,
  created_at timestamptz not null default now()
);
call practice.guard('practice.practice', 'practice');

create table practice.setting (
  practice_id text not null references practice.practice (practice_id),
  name text not null,
  value jsonb not null,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (practice_id, name)
);
call practice.guard('practice.setting', 'practice');

create table practice.setting_change (
  practice_id text not null references practice.practice (practice_id),
  position bigint generated always as identity,
  name text not null,
  value jsonb not null,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (practice_id, position)
);
call practice.guard('practice.setting_change', 'practice');
call practice.forbid_change('practice.setting_change');

create table practice.location (
  practice_id text not null references practice.practice (practice_id),
  id text not null,
  source text not null,
  name text not null,
  phone text,
  address jsonb not null default '{}',
  primary key (practice_id, id),
  unique (practice_id, source)
);
call practice.guard('practice.location', 'practice');

create table practice.clinician (
  practice_id text not null references practice.practice (practice_id),
  id text not null,
  source text not null,
  name text not null,
  npi text,
  credentials text,
  primary key (practice_id, id),
  unique (practice_id, source)
);
call practice.guard('practice.clinician', 'practice');

grant usage on schema practice to portico_app;
grant select, insert on practice.directory to portico_app;
grant select, insert, update on practice.practice, practice.setting, practice.location, practice.clinician to portico_app;
grant select, insert on practice.setting_change to portico_app;
