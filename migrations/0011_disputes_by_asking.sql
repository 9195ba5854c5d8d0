-- A dispute, or its verdict, whose event never came is found by asking: each connection's new ones, and each that is open.
alter table payments.connection
  -- Disputes that were opened before are known here, and so is what became of inquiries; null until the first look.
  add column disputes_seen_until timestamptz,
  add column disputes_check_at timestamptz not null default now() + interval '10 minutes';
alter table payments.dispute add column check_at timestamptz not null default now() + interval '1 hour';
create index dispute_due on payments.dispute (check_at) where status = 'open';

-- Which practices have some to ask about: ids alone, as payments.practices_due().
create policy sweep on payments.dispute for select to current_user using (true);
create function payments.practices_with_disputes_due() returns setof text language sql stable security definer set search_path = '' as $$
  select practice_id from payments.connection where disputes_check_at <= now()
  union
  select practice_id from payments.dispute where status = 'open' and check_at <= now()
$$;
revoke all on function payments.practices_with_disputes_due() from public;
grant execute on function payments.practices_with_disputes_due() to portico_app;
