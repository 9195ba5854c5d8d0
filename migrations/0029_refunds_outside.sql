-- A refund made at the processor past Portico: its money has left, and staff have yet to say what becomes of the bills it had paid. It is
-- found by its event or by listing, as disputes are.
alter table payments.refund
  add column outside boolean not null default false,
  alter column reopens drop not null,
  -- When staff said so; the refunds that they ask for themselves say it when they are asked.
  add column booked_at timestamptz,
  add constraint refund_decided check (case when outside then (reopens is null) = (booked_at is null) else reopens is not null and booked_at is null end),
  add constraint refund_outside check (not outside or processor_refund is not null);
create index refund_to_decide on payments.refund (practice_id, payment_id) where outside and booked_at is null and status <> 'failed';
create index dispute_to_decide on payments.dispute (practice_id, payment_id) where status = 'lost' and booked_at is null;

alter table ledger.entry drop constraint entry_kind_check;
alter table ledger.entry add constraint entry_kind_check check (kind in ('issue', 'settled-history', 'paid-at-visit', 'credit-note', 'next-answer',
  'success', 'posting', 'refund-asked', 'refund-done', 'refund-failed', 'refund-outside', 'refund-outside-booked',
  'dispute-opened', 'dispute-won', 'dispute-lost', 'correction'));

alter table payments.connection rename column disputes_check_at to returns_check_at;
alter table payments.connection
  add column refunds_seen_until timestamptz,
  -- When both lists were last read to their ends.
  add column returns_looked_at timestamptz;
drop function payments.practices_with_disputes_due();
create function payments.practices_with_returns_due() returns setof text language sql stable security definer set search_path = '' as $$
  select practice_id from payments.connection where returns_check_at <= now()
  union
  select practice_id from payments.dispute where status = 'open' and check_at <= now()
$$;
revoke all on function payments.practices_with_returns_due() from public;
grant execute on function payments.practices_with_returns_due() to portico_app;
