-- The processor's events are kept as the bytes that came: what they hold may be nothing that text or jsonb can.
alter table payments.inbox
  -- What an event is about, and the name of it at the processor, where it has one that can be read.
  add column about text not null default 'nothing' check (about in ('attempt', 'refund', 'dispute', 'nothing')),
  add column object text not null default '';
update payments.inbox set object = coalesce(body #>> '{data,object,id}', ''), about = case
    when type like 'payment\_intent.%' or type like 'checkout.session.%' then 'attempt'
    when type like 'charge.dispute.%' then 'dispute'
    when type like 'refund.%' or type = 'charge.refund.updated' then 'refund' else 'nothing' end
  where processed_at is null;
alter table payments.inbox alter column body type bytea using convert_to(body::text, 'UTF8');
