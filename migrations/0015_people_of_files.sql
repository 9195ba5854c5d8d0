-- The walls bind the owner too; this carries the rows of every practice.
alter table identity.patient no force row level security;
alter table exchange.resource no force row level security;
alter table billing.charge no force row level security;
alter table practice.clinician no force row level security;
alter table practice.location no force row level security;
alter table insurance.coverage no force row level security;

-- Who somebody is: the numbers that are theirs alone and the addresses under which files name them, not the bare id that
-- one file happens to give. Two people never share an account because both were `Patient/1`.
create table identity.patient_source (
  practice_id text not null,
  source text not null,
  patient_id text not null,
  primary key (practice_id, source),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id)
);
create index patient_source_patient on identity.patient_source (practice_id, patient_id);

create table identity.patient_identifier (
  practice_id text not null,
  patient_id text not null,
  system text not null,
  value text not null,
  primary key (practice_id, patient_id, system, value),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id)
);
create index patient_identifier_value on identity.patient_identifier (practice_id, system, value);

create table identity.former_name (
  practice_id text not null,
  patient_id text not null,
  given_name text not null,
  family_name text not null,
  primary key (practice_id, patient_id, given_name, family_name),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id)
);

alter table identity.patient add column replaced_by text;
alter table identity.patient add foreign key (practice_id, replaced_by) references identity.patient (practice_id, id);
create index patient_born on identity.patient (practice_id, born_on);

-- The one address of a resource however it was spelled, as src/exchange/fhir/sources.ts has it.
create function pg_temp.address_of(url text) returns text language sql immutable as $$
  select case
    when url ~* '^urn:uuid:' then lower(url)
    when url ~ '^([Hh][Tt][Tt][Pp][Ss]?://[^?#]*/)?[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}(/_history/[^/]+)?$' then
      (select case
        when id ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then 'urn:uuid:' || lower(id)
        when bare ~* '^https?:' then 'https:' || lower(substring(bare from '^[^:]+:(//[^/]*)')) || substring(bare from '^[^:]+://[^/]*(.*)$')
        else bare end
      from (select bare, substring(bare from '[^/]+$') as id from (select regexp_replace(url, '/_history/[^/]+$', '') as bare) plain) parts)
    else url end
$$;

insert into identity.patient_source (practice_id, source, patient_id)
  select practice_id, pg_temp.address_of(source), id from identity.patient where source ~* '^(https?:|urn:)' order by id
  on conflict do nothing;

create function pg_temp.list_in(element json) returns setof json language sql immutable as $$
  select item from json_array_elements(case when json_typeof(element) = 'array' then element else '[]' end) as item where json_typeof(item) = 'object'
$$;
insert into identity.patient_identifier (practice_id, patient_id, system, value)
  select distinct r.practice_id, r.patient_id, btrim(i ->> 'system'), btrim(i ->> 'value')
  from exchange.resource r join identity.patient p on p.practice_id = r.practice_id and p.id = r.patient_id
    cross join lateral pg_temp.list_in(r.body -> 'identifier') i
  -- A bare id may have brought another person's record to this one: only what has their birth date and family name is theirs.
  where r.type = 'Patient' and r.body ->> 'birthDate' = p.born_on::text
    and exists (select from pg_temp.list_in(r.body -> 'name') n where n ->> 'family' = p.family_name)
    and btrim(i ->> 'system') <> '' and btrim(i ->> 'value') <> '' and i ->> 'use' is distinct from 'old'
    and exists (select from pg_temp.list_in(i -> 'type' -> 'coding') c where c ->> 'code' in ('MR', 'SS', 'PI'));

-- By what names a claim may come again, and whose and which one it is as billing knows it.
create table exchange.claim_name (
  practice_id text not null,
  name text not null,
  patient_id text not null,
  source text not null,
  content_hash text,
  primary key (practice_id, name, patient_id),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id)
);
create index claim_name_source on exchange.claim_name (practice_id, source);

insert into exchange.claim_name (practice_id, name, patient_id, source)
  select practice_id, name, patient_id, source
  from (select practice_id, patient_id, source, min(serviced_on) as day from billing.charge group by practice_id, patient_id, source) claim
    cross join lateral (
      select 'bare ' || day || ' ' || substring(source from '[^ ]+$') where source ~ ' '
      union all select 'address ' || pg_temp.address_of(source) where source !~ ' '
      union all select 'under ' || day || ' ' || substring(pg_temp.address_of(source) from '[^/]+/[^/]+$')
        where source !~ ' ' and pg_temp.address_of(source) ~ '^https:.*/[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}$'
    ) names (name)
  on conflict do nothing;
insert into exchange.claim_name (practice_id, name, patient_id, source)
  select distinct r.practice_id, 'number ' || btrim(i ->> 'system') || '|' || btrim(i ->> 'value'), r.patient_id, c.source
  from exchange.resource r join identity.patient p on p.practice_id = r.practice_id and p.id = r.patient_id
    join (select distinct practice_id, patient_id, source from billing.charge) c on c.practice_id = r.practice_id and c.patient_id = r.patient_id
      and c.source in (r.source, p.source || substring(r.source from ' .+$'))
    cross join lateral pg_temp.list_in(r.body -> 'identifier') i
  where r.type = 'Claim' and btrim(i ->> 'system') <> '' and btrim(i ->> 'value') <> ''
  on conflict do nothing;

-- What is recorded by its address is found again by whichever of its addresses a file uses. Two resources of different types may share a UUID.
alter table exchange.resource drop constraint resource_pkey, add primary key (practice_id, type, source);
update exchange.resource r set source = plain.address
  from (select practice_id, type, source, pg_temp.address_of(source) as address,
    row_number() over (partition by practice_id, type, pg_temp.address_of(source) order by import_id desc, source) as n from exchange.resource) plain
  where plain.n = 1 and plain.address <> plain.source and (r.practice_id, r.type, r.source) = (plain.practice_id, plain.type, plain.source)
    and not exists (select from exchange.resource o where (o.practice_id, o.type, o.source) = (plain.practice_id, plain.type, plain.address));
update practice.clinician r set source = plain.address
  from (select practice_id, source, pg_temp.address_of(source) as address,
    row_number() over (partition by practice_id, pg_temp.address_of(source) order by id) as n from practice.clinician) plain
  where plain.n = 1 and plain.address <> plain.source and (r.practice_id, r.source) = (plain.practice_id, plain.source)
    and not exists (select from practice.clinician o where (o.practice_id, o.source) = (plain.practice_id, plain.address));
update practice.location r set source = plain.address
  from (select practice_id, source, pg_temp.address_of(source) as address,
    row_number() over (partition by practice_id, pg_temp.address_of(source) order by id) as n from practice.location) plain
  where plain.n = 1 and plain.address <> plain.source and (r.practice_id, r.source) = (plain.practice_id, plain.source)
    and not exists (select from practice.location o where (o.practice_id, o.source) = (plain.practice_id, plain.address));
update insurance.coverage r set source = plain.address
  from (select practice_id, source, address, row_number() over (partition by practice_id, address order by id) as n
    from (select c.practice_id, c.id, c.source, case
        when left(c.source, length(p.source) + 1) in (p.source || '#', p.source || ' ') then p.id || substr(c.source, length(p.source) + 1)
        else pg_temp.address_of(c.source) end as address
      from insurance.coverage c join identity.patient p on p.practice_id = c.practice_id and p.id = c.patient_id) named) plain
  where plain.n = 1 and plain.address <> plain.source and (r.practice_id, r.source) = (plain.practice_id, plain.source)
    and not exists (select from insurance.coverage o where (o.practice_id, o.source) = (plain.practice_id, plain.address));

alter table identity.patient force row level security;
alter table exchange.resource force row level security;
alter table billing.charge force row level security;
alter table practice.clinician force row level security;
alter table practice.location force row level security;
alter table insurance.coverage force row level security;

alter table identity.patient drop column source;

call practice.guard('identity.patient_source', 'patient');
call practice.guard('identity.patient_identifier', 'patient');
call practice.guard('identity.former_name', 'patient');
call practice.guard('exchange.claim_name', 'patient');
grant select, insert, update, delete on identity.patient_source, identity.patient_identifier to portico_app;
grant select, insert on identity.former_name to portico_app;
grant select, insert, update, delete on exchange.claim_name to portico_app;
