-- What the processor made to take a payment's money has one name, whichever way it was asked: its page where it has one, else the charge.
alter table payments.payment rename column session_id to attempt_id;
alter table payments.payment
  -- What the request says besides amount, card and customer, so that it can be repeated as it was.
  add column return_url text,
  add column payee text,
  add column locale text check (locale in ('en', 'es')),
  add constraint payment_asked check (num_nulls(return_url, payee, locale) in (0, 3));
-- The walls bind the owner too; this is of every practice.
alter table payments.payment no force row level security;
update payments.payment set attempt_id = intent_id where attempt_id is null and intent_id is not null;
alter table payments.payment force row level security;
drop index payments.payment_session;
create unique index payment_attempt on payments.payment (practice_id, connection_id, attempt_id) where attempt_id is not null;

drop view payments.unsettled;
create view payments.unsettled with (security_invoker = true) as
  select * from payments.payment where status in ('created', 'submitted', 'requires_action', 'clearing');
grant select on payments.unsettled to portico_app;
