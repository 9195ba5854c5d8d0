-- Double entry, append-only. A line's cents are signed: a debit is positive, a credit negative; an entry's lines sum to
-- zero per currency, checked when the transaction commits. Shared ledger accounts are sums, never rows that payments update.
create schema ledger;

create table ledger.entry (
  practice_id text not null,
  id text not null,
  kind text not null check (kind in ('issue', 'settled-history', 'success', 'posting', 'refund-asked', 'refund-done', 'refund-failed',
    'dispute-opened', 'dispute-won', 'dispute-lost', 'correction')),
  source text not null,
  corrects text,
  occurred_on date not null,
  recorded_at timestamptz not null default now(),
  actor text not null,
  primary key (practice_id, id),
  unique (practice_id, kind, source),
  foreign key (practice_id, corrects) references ledger.entry (practice_id, id)
);
call practice.guard('ledger.entry', 'practice');
call practice.forbid_change('ledger.entry');

-- Balance and version per household account and patient: the only balance kept, because only its own household updates it.
create table ledger.receivable (
  practice_id text not null,
  account_id text not null,
  patient_id text not null,
  currency text not null,
  balance_cents bigint not null default 0,
  version bigint not null default 0,
  primary key (practice_id, account_id, patient_id),
  foreign key (practice_id, account_id) references identity.account (practice_id, id),
  foreign key (practice_id, patient_id) references identity.patient (practice_id, id)
);
call practice.guard('ledger.receivable', 'account');

create table ledger.line (
  practice_id text not null,
  entry_id text not null,
  n smallint not null,
  ledger_account text not null check (ledger_account in ('receivable', 'processor-clearing', 'processor-fees', 'cash-and-cheque',
    'revenue', 'insurance', 'adjustments', 'opening-balances', 'unposted-payments', 'unapplied-credit', 'refunds-payable',
    'disputed', 'membership-unearned')),
  account_id text,
  patient_id text,
  payment_id text,
  currency text not null check (currency in ('usd', 'cad')),
  cents bigint not null check (cents <> 0),
  balance_after_cents bigint,
  version bigint,
  primary key (practice_id, entry_id, n),
  foreign key (practice_id, entry_id) references ledger.entry (practice_id, id),
  constraint receivable_names_patient check (ledger_account <> 'receivable'
    or (account_id is not null and patient_id is not null and balance_after_cents is not null and version is not null)),
  constraint liability_names_payment check (ledger_account not in ('unposted-payments', 'unapplied-credit', 'refunds-payable', 'disputed',
    'processor-clearing', 'cash-and-cheque') or (account_id is not null and payment_id is not null))
);
create index line_payment on ledger.line (practice_id, payment_id) where payment_id is not null;
create index line_credit on ledger.line (practice_id, account_id) include (payment_id, cents) where ledger_account = 'unapplied-credit';
create unique index line_receivable on ledger.line (practice_id, account_id, patient_id, version) where ledger_account = 'receivable';
call practice.guard('ledger.line', 'account');
call practice.forbid_change('ledger.line');

create function ledger.check_balanced() returns trigger language plpgsql as $$
begin
  if exists (select from ledger.line where practice_id = new.practice_id and entry_id = new.entry_id group by currency having sum(cents) <> 0) then
    raise exception 'ledger entry % does not balance', new.entry_id using errcode = '23514', constraint = 'entry_balances';
  end if;
  return null;
end $$;
create constraint trigger entry_balances after insert on ledger.line deferrable initially deferred
  for each row execute function ledger.check_balanced();

create function ledger.check_has_lines() returns trigger language plpgsql as $$
begin
  if not exists (select from ledger.line where practice_id = new.practice_id and entry_id = new.id) then
    raise exception 'ledger entry % has no lines', new.id using errcode = '23514', constraint = 'entry_has_lines';
  end if;
  return null;
end $$;
create constraint trigger entry_has_lines after insert on ledger.entry deferrable initially deferred
  for each row execute function ledger.check_has_lines();

-- What the ledger says the processor and the cash box hold of a payment: refunds and disputes deducted, fees apart.
create view ledger.by_payment with (security_invoker = true) as
  select practice_id, payment_id, sum(cents)::bigint as cents from ledger.line
  where ledger_account in ('processor-clearing', 'cash-and-cheque') group by practice_id, payment_id;

grant usage on schema ledger to portico_app;
grant select, insert on ledger.entry, ledger.line to portico_app;
grant select, insert, update on ledger.receivable to portico_app;
grant select on ledger.by_payment to portico_app;
