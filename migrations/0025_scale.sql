-- What pages and sweeps look things up by, where until now they read a practice or more.
create index access_grant_account on identity.access_grant (practice_id, account_id);
create index allocation_entry on billing.allocation (practice_id, entry_id);
create index link_old on identity.link (practice_id, (least(expires_at, spent_at)));
create index link_request_old on identity.link_request (practice_id, at);

drop index payments.payment_due, payments.refund_due, payments.dispute_due;
create index payment_due on payments.payment (practice_id, check_at) where check_at is not null;
create index refund_due on payments.refund (practice_id, check_at) where check_at is not null;
drop index notifications.message_due, notifications.message_given_up;
create index message_given_up on notifications.message (practice_id, state, given_up_at desc, id) where state in ('given-up', 'seen');
create index message_due on notifications.message (practice_id, next_at) where state = 'waiting';
create index dispute_due on payments.dispute (practice_id, check_at) where status = 'open';

-- A wall said "no list, or on the list", of which PostgreSQL expects one row in two hundred to pass. For staff, who have no list, it
-- then reads and sorts a whole practice where an index would bring the first page. Said as one value it expects every second.
create function practice.wall(by text) returns text language plpgsql immutable as $$
declare listed text := format('(select practice.listed(''portico.%ss''))', by);
begin
  if by not in ('practice', 'account', 'patient') then
    raise exception 'a wall is by practice, account or patient, not %', by;
  end if;
  return 'practice_id = (select practice.current())' ||
    case when by = 'practice' then '' else format(' and coalesce(%s_id = any (%s::text[]), %s is null)', by, listed, listed) end;
end $$;

create or replace procedure practice.guard(wall regclass, by text) language plpgsql as $$
declare condition text := practice.wall(by);
begin
  execute format('alter table %s enable row level security', wall);
  execute format('alter table %s force row level security', wall);
  execute format('create policy %I on %s using (%s) with check (%s)', by, wall, condition, condition);
end $$;

do $$ declare wall record; begin
  for wall in select polrelid::regclass as name, polname from pg_policy where polname in ('account', 'patient') loop
    execute format('alter policy %I on %s using (%s) with check (%s)', wall.polname, wall.name, practice.wall(wall.polname), practice.wall(wall.polname));
  end loop;
end $$;

-- What came in on each day that is over, in the practice's zone, counted once: such a day never changes. The days since are summed
-- from the payments, so that no payment has to touch a row that another one needs.
create table payments.collected_day (
  practice_id text not null references practice.practice (practice_id),
  time_zone text not null,
  day date not null,
  cents bigint not null,
  payments bigint not null,
  primary key (practice_id, time_zone, day)
);
call practice.guard('payments.collected_day', 'practice');
grant select, insert on payments.collected_day to portico_app;

create index payment_collected on payments.payment (practice_id, received_at) include (amount_cents, credit_cents)
  where status = 'succeeded' and amount_cents > credit_cents;
create index payment_ended on payments.payment (practice_id, status, created_at desc, id desc) where status in ('failed', 'canceled');

-- What is long overdue changes with each day and each payment, so it is counted every few minutes and shown with its time.
create table billing.overdue (
  practice_id text primary key references practice.practice (practice_id),
  cents bigint not null,
  accounts bigint not null,
  counted_at timestamptz not null
);
call practice.guard('billing.overdue', 'practice');
grant select, insert, update on billing.overdue to portico_app;

create policy sweep on billing.overdue for select to current_user using (true);
create function billing.practices_to_count() returns setof text language sql stable security definer set search_path = '' as $$
  select d.id from practice.directory d where not exists
    (select from billing.overdue o where o.practice_id = d.id and o.counted_at > clock_timestamp() - interval '10 minutes')
$$;
revoke all on function billing.practices_to_count() from public;
grant execute on function billing.practices_to_count() to portico_app;

-- Every practice with the zone that its days begin in, for the schedule, which looks at all of them at once.
create policy sweep on practice.practice for select to current_user using (true);
create function practice.zones() returns table (practice_id text, time_zone text) language sql stable security definer set search_path = '' as $$
  select practice_id, time_zone from practice.practice
$$;
revoke all on function practice.zones() from public;
grant execute on function practice.zones() to portico_app;
