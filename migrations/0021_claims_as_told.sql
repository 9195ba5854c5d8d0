-- Claims as all files so far told them, with their answers: a later file is read beside what is known, and what cannot be
-- billed by itself waits for staff with all that deciding needs (docs/domain.md, "Held claims").
create table exchange.claim (
  practice_id text not null references practice.practice (practice_id),
  key text not null,
  -- By what billing knows it; null while nobody knows whose it is.
  source text,
  name text not null,
  patient_id text,
  clinician_id text,
  location_id text,
  reading jsonb not null,
  state text not null check (state in ('taken', 'held', 'answered', 'ended', 'noted')),
  why text,
  held_at timestamptz,
  answer text check (answer in ('bill', 'not-theirs', 'leave')),
  -- A hash of the figures that staff answered.
  answered_of text,
  answer_reason text,
  answer_actor text,
  answered_at timestamptz,
  primary key (practice_id, key),
  check ((state = 'held') = (why is not null)),
  check (state <> 'answered' or (answer is not null and answered_of is not null and answer_reason is not null and answer_actor is not null and answered_at is not null)),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id),
  foreign key (practice_id, clinician_id) references practice.clinician (practice_id, id),
  foreign key (practice_id, location_id) references practice.location (practice_id, id)
);
create index claim_source on exchange.claim (practice_id, source) where source is not null;
create index claim_held on exchange.claim (practice_id, held_at, key) where state = 'held';
call practice.guard('exchange.claim', 'patient');
grant select, insert, update on exchange.claim to portico_app;

create index entry_corrects on ledger.entry (practice_id, corrects) where corrects is not null;
