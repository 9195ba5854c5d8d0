-- Charges and the invoices that ask for them. An issued invoice never changes but for what is still open of it.
create schema billing;

create table billing.charge (
  practice_id text not null,
  id text not null,
  account_id text not null,
  patient_id text not null,
  source text not null,
  sequence integer not null,
  title text not null,
  code text,
  code_system text,
  description text not null,
  units integer not null check (units > 0),
  diagnoses jsonb not null default '[]',
  clinician_id text,
  location_id text,
  payer text,
  serviced_on date not null,
  charged_cents bigint not null check (charged_cents >= 0),
  insurance_paid_cents bigint not null default 0 check (insurance_paid_cents >= 0),
  discount_cents bigint not null default 0 check (discount_cents >= 0),
  share_cents bigint not null default 0 check (share_cents >= 0),
  state text not null check (state in ('waiting', 'answered')),
  created_at timestamptz not null default now(),
  primary key (practice_id, id),
  unique (practice_id, source, sequence),
  check (state = 'waiting' or charged_cents = insurance_paid_cents + discount_cents + share_cents),
  check (state = 'answered' or (insurance_paid_cents = 0 and discount_cents = 0 and share_cents = 0)),
  foreign key (practice_id, account_id) references identity.account (practice_id, id),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id),
  foreign key (practice_id, clinician_id) references practice.clinician (practice_id, id),
  foreign key (practice_id, location_id) references practice.location (practice_id, id)
);
create index charge_waiting on billing.charge (practice_id, account_id, serviced_on) where state = 'waiting';
call practice.guard('billing.charge', 'patient');

create table billing.numbering (
  practice_id text primary key references practice.practice (practice_id),
  next bigint not null
);
call practice.guard('billing.numbering', 'practice');

create table billing.invoice (
  practice_id text not null,
  id text not null,
  number text not null,
  account_id text not null,
  patient_id text not null,
  source text not null,
  title text not null,
  clinician_id text,
  location_id text,
  payer text,
  serviced_on date not null,
  issued_on date not null,
  due_on date not null,
  currency text not null check (currency in ('usd', 'cad')),
  charged_cents bigint not null,
  insurance_paid_cents bigint not null,
  discount_cents bigint not null,
  total_cents bigint not null check (total_cents > 0),
  open_cents bigint not null check (open_cents between 0 and total_cents),
  closed_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (practice_id, id),
  unique (practice_id, number),
  check (charged_cents = insurance_paid_cents + discount_cents + total_cents),
  check ((open_cents = 0) = (closed_at is not null)),
  foreign key (practice_id, account_id) references identity.account (practice_id, id),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id),
  foreign key (practice_id, clinician_id) references practice.clinician (practice_id, id),
  foreign key (practice_id, location_id) references practice.location (practice_id, id)
);
create index invoice_open on billing.invoice (practice_id, account_id, due_on, id) where open_cents > 0;
create index invoice_listed on billing.invoice (practice_id, account_id, issued_on desc, id desc);
call practice.guard('billing.invoice', 'patient');

create table billing.invoice_line (
  practice_id text not null,
  id text not null,
  invoice_id text not null,
  n integer not null,
  account_id text not null,
  patient_id text not null,
  charge_id text not null,
  share_cents bigint not null check (share_cents >= 0),
  open_cents bigint not null check (open_cents between 0 and share_cents),
  primary key (practice_id, id),
  unique (practice_id, invoice_id, n),
  unique (practice_id, charge_id),
  foreign key (practice_id, invoice_id) references billing.invoice (practice_id, id),
  foreign key (practice_id, charge_id) references billing.charge (practice_id, id)
);
call practice.guard('billing.invoice_line', 'patient');

-- What a ledger entry gave to an invoice line; taken back by a negative row. Never changed.
create table billing.allocation (
  practice_id text not null,
  id text not null,
  entry_id text not null,
  invoice_id text not null,
  invoice_line_id text not null,
  account_id text not null,
  patient_id text not null,
  payment_id text,
  cents bigint not null check (cents <> 0),
  recorded_at timestamptz not null default now(),
  primary key (practice_id, id),
  foreign key (practice_id, entry_id) references ledger.entry (practice_id, id),
  foreign key (practice_id, invoice_id) references billing.invoice (practice_id, id),
  foreign key (practice_id, invoice_line_id) references billing.invoice_line (practice_id, id)
);
create index allocation_invoice on billing.allocation (practice_id, invoice_id);
create index allocation_payment on billing.allocation (practice_id, payment_id) where payment_id is not null;
call practice.guard('billing.allocation', 'patient');
call practice.forbid_change('billing.allocation');

grant usage on schema billing to portico_app;
grant select, insert on billing.charge, billing.invoice, billing.invoice_line, billing.allocation to portico_app;
grant update (state, insurance_paid_cents, discount_cents, share_cents) on billing.charge to portico_app;
grant update (open_cents, closed_at) on billing.invoice to portico_app;
grant update (open_cents) on billing.invoice_line to portico_app;
grant select, insert, update on billing.numbering to portico_app;
