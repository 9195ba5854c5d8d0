-- Later files bring newer names, phones, addresses and a death into a patient's record. What staff or the patient wrote here
-- stands against them, and so does an address of mail: what a file says otherwise is kept beside the record and shown to staff.
alter table identity.patient no force row level security;
alter table identity.patient
  add column suffix text,
  add column deceased boolean not null default false,
  -- The parts of the record that staff or the person wrote here.
  add column written_here text[] not null default '{}' check (written_here <@ '{name,phone,email,address,death}'),
  -- When the record was last written where the file comes from, where it says so: an older one changes nothing.
  add column written_there_at timestamptz;
update identity.patient set deceased = true where deceased_on is not null;
alter table identity.patient add check (deceased or deceased_on is null);
alter table identity.patient add column full_name text not null
  generated always as (btrim(btrim(given_name || ' ' || family_name) || coalesce(' ' || suffix, ''))) stored;
alter table identity.patient force row level security;

create table identity.patient_difference (
  practice_id text not null,
  patient_id text not null,
  part text not null check (part in ('name', 'phone', 'email', 'address', 'death')),
  theirs jsonb not null,
  found_at timestamptz not null default now(),
  primary key (practice_id, patient_id, part),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id)
);
call practice.guard('identity.patient_difference', 'patient');
grant select, insert, update, delete on identity.patient_difference to portico_app;

-- Whoever died has no access any more; what a wrong record of death ended can be given back.
alter table identity.access_grant
  add column ended_for text check (ended_for = 'death'),
  add column would_end_at timestamptz;

-- An address whose record another one replaced still leads to the person; what a file says there is out of date.
alter table identity.patient_source add column replaced boolean not null default false;
