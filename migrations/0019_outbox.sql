-- A message is a row of an outbox: made where an event is heard, sent by a job that reads it, given up after too many tries. What was
-- told before has been sent. `dropped` is what nobody needed any more when it was to be sent.
alter table notifications.message
  alter column sent_at drop not null,
  alter column sent_at drop default,
  add column event_id text,
  add column state text not null default 'sent',
  add column made_at timestamptz,
  add column next_at timestamptz,
  add column tries integer not null default 0,
  add column reason text,
  add column given_up_at timestamptz,
  add column seen_at timestamptz,
  add column seen_by text;
-- The walls stand for the owner too, who must see every row once.
alter table notifications.message no force row level security;
update notifications.message set made_at = sent_at, tries = 1;
alter table notifications.message force row level security;
alter table notifications.message
  alter column state set default 'waiting',
  alter column made_at set not null,
  alter column made_at set default now(),
  add constraint message_state check (case state
    when 'waiting' then next_at is not null and sent_at is null and given_up_at is null and seen_at is null
    when 'sent' then next_at is null and sent_at is not null and given_up_at is null and seen_at is null
    when 'dropped' then next_at is null and sent_at is null and given_up_at is null and seen_at is null
    when 'given-up' then next_at is null and sent_at is null and given_up_at is not null and reason is not null and seen_at is null
    when 'seen' then next_at is null and sent_at is null and given_up_at is not null and reason is not null and seen_at is not null and seen_by is not null
    else false end),
  -- An event of audit.event, or a passing one, which is kept for longer than a letter is tried.
  add constraint message_event check (event_id is not null or state = 'sent');

create index message_due on notifications.message (next_at) where state = 'waiting';
create index message_given_up on notifications.message (practice_id, given_up_at) where state = 'given-up';

-- Which practices have letters to send: ids alone, as payments.practices_due().
create policy sweep on notifications.message for select to current_user using (true);
create function notifications.practices_due() returns setof text language sql stable security definer set search_path = '' as $$
  select distinct practice_id from notifications.message where state = 'waiting' and next_at <= clock_timestamp()
$$;
revoke all on function notifications.practices_due() from public;
grant execute on function notifications.practices_due() to portico_app;

grant update (state, next_at, tries, reason, sent_at, given_up_at, seen_at, seen_by) on notifications.message to portico_app;
