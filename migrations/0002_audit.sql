-- What happened (events) and who looked (reads): ids only, written in the transaction of the act they tell of.
create schema audit;

create table audit.event (
  practice_id text not null,
  id text not null,
  type text not null check (type ~ '^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$'),
  subject text not null,
  account_id text,
  patient_id text,
  actor text not null,
  session text,
  request text,
  data jsonb not null default '{}',
  at timestamptz not null default now(),
  primary key (practice_id, id)
);
create index event_subject on audit.event (practice_id, subject);
-- A demo's own acts: readiness waits for the last of them, and production refuses a store that has any.
create index event_demo on audit.event (practice_id, type) where actor = 'system demo';

create table audit.read (
  practice_id text not null,
  id text not null,
  what text not null,
  subject text,
  account_id text,
  actor text not null,
  session text,
  request text,
  at timestamptz not null default now(),
  primary key (practice_id, id)
);
create index read_account on audit.read (practice_id, account_id, at);

-- Anyone acting for the practice appends; only the practice's own scope reads.
create procedure audit.guard(facts regclass) language plpgsql as $$
begin
  execute format('alter table %s enable row level security', facts);
  execute format('alter table %s force row level security', facts);
  execute format('create policy append on %s for insert with check (practice_id = (select practice.current()))', facts);
  execute format('create policy practice on %s for select using (practice_id = (select practice.current()) and (select practice.listed(''portico.accounts'')) is null)', facts);
end $$;
call audit.guard('audit.event');
call audit.guard('audit.read');
call practice.forbid_change('audit.event');
call practice.forbid_change('audit.read');

grant usage on schema audit to portico_app;
grant select, insert on audit.event, audit.read to portico_app;
