-- Insurance coverages, and what came in from others' files: the resources kept untouched, and a report per file.
create schema insurance;
create schema exchange;

create table insurance.coverage (
  practice_id text not null,
  id text not null,
  patient_id text not null,
  source text not null,
  payer text not null,
  member_id text,
  status text,
  primary key (practice_id, id),
  unique (practice_id, source),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id)
);
call practice.guard('insurance.coverage', 'patient');

create table exchange.import (
  practice_id text not null references practice.practice (practice_id),
  id text not null,
  file text not null,
  content_hash text not null,
  report jsonb not null,
  actor text not null,
  imported_at timestamptz not null default now(),
  primary key (practice_id, id)
);
create index import_hash on exchange.import (practice_id, content_hash);
call practice.guard('exchange.import', 'practice');

create table exchange.resource (
  practice_id text not null references practice.practice (practice_id),
  source text not null,
  type text not null,
  patient_id text,
  content_hash text not null,
  body json not null, -- json, not jsonb: kept as it came, to the byte
  import_id text not null,
  primary key (practice_id, source),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id),
  foreign key (practice_id, import_id) references exchange.import (practice_id, id)
);
create index resource_patient on exchange.resource (practice_id, patient_id, type);
call practice.guard('exchange.resource', 'patient');

grant usage on schema insurance, exchange to portico_app;
grant select, insert, update on insurance.coverage, exchange.import, exchange.resource to portico_app;
