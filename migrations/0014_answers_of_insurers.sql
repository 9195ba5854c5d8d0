-- What an insurer's answer tells beside who pays, and what a later answer or a withdrawal does to a bill (docs/domain.md,
-- "Insurance claims become bills"): a bill may be withdrawn, and its claim billed again.
alter table ledger.entry drop constraint entry_kind_check;
alter table ledger.entry add constraint entry_kind_check check (kind in ('issue', 'settled-history', 'paid-at-visit', 'credit-note', 'next-answer',
  'success', 'posting', 'refund-asked', 'refund-done', 'refund-failed', 'dispute-opened', 'dispute-won', 'dispute-lost', 'correction'));

alter table billing.charge
  -- What the line is made of, where the insurer answered the claim as a whole.
  add column items jsonb not null default '[]',
  add column withdrawn_at timestamptz;
alter table billing.charge drop constraint charge_practice_id_source_sequence_key;
create unique index charge_source on billing.charge (practice_id, source, sequence) where withdrawn_at is null;
drop index billing.charge_waiting;
create index charge_waiting on billing.charge (practice_id, account_id, serviced_on) where state = 'waiting' and withdrawn_at is null;

alter table billing.invoice
  -- What the insurer says that it sent the patient itself: told, never counted.
  add column paid_to_patient_cents bigint not null default 0 check (paid_to_patient_cents >= 0),
  add column withdrawn_at timestamptz,
  add constraint invoice_withdrawn_is_closed check (withdrawn_at is null or open_cents = 0);
create index invoice_source on billing.invoice (practice_id, source);

grant update (withdrawn_at) on billing.charge, billing.invoice to portico_app;
