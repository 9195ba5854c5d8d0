-- One clock never bounds another's records: what is kept of the processor's clock, and when a payment was sent by both.
alter table payments.connection
  -- How far it is ahead of the database's, as its last answer told; null until it has answered.
  add column clock_offset interval,
  add column clock_heard_at timestamptz,
  -- Since when, by the database's clock, the two have gone together; how far apart they went then, null where it was the first answer.
  add column clock_since timestamptz,
  add column clock_moved interval;

alter table payments.payment
  -- created_at is the app's, for people; this one is the database's, for what time decides.
  add column made_at timestamptz not null default clock_timestamp(),
  add column processor_submitted_at timestamptz;
alter table payments.refund add column processor_submitted_at timestamptz;
