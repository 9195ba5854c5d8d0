-- A removed card is taken away at the processor too; while that has not been answered, it is asked for again.
alter table payments.method
  -- When it is asked next; null for a card in use, and once the processor has answered.
  add column detach_at timestamptz,
  add column detach_checks integer not null default 0,
  add constraint method_detached check (detach_at is null or removed_at is not null);
-- The walls bind the owner too; this is of every practice. What was removed before may have been left there.
alter table payments.method no force row level security;
update payments.method set detach_at = now() where removed_at is not null;
alter table payments.method force row level security;
create index method_detach on payments.method (practice_id, detach_at) where detach_at is not null;

create policy sweep on payments.method for select to current_user using (true);
create or replace function payments.practices_due() returns setof text language sql stable security definer set search_path = '' as $$
  select practice_id from payments.payment where check_at <= now()
  union
  select practice_id from payments.refund where check_at <= now()
  union
  select practice_id from payments.method where detach_at <= now()
$$;
