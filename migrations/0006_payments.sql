-- Money received or attempted, what it reserves while it is under way, refunds, disputes, and the processor's events.
create schema payments;

create table payments.connection (
  practice_id text not null references practice.practice (practice_id),
  id text not null,
  processor text not null check (processor in ('stripe')),
  processor_account text not null,
  mode text not null check (mode in ('test', 'live')),
  created_at timestamptz not null default now(),
  primary key (practice_id, id)
);
create unique index connection_account on payments.connection (processor, processor_account, mode);
call practice.guard('payments.connection', 'practice');

create table payments.customer (
  practice_id text not null,
  account_id text not null,
  connection_id text not null,
  processor_customer text not null,
  created_at timestamptz not null default now(),
  primary key (practice_id, account_id, connection_id),
  foreign key (practice_id, account_id) references identity.account (practice_id, id),
  foreign key (practice_id, connection_id) references payments.connection (practice_id, id)
);
call practice.guard('payments.customer', 'account');

create table payments.method (
  practice_id text not null,
  id text not null,
  account_id text not null,
  connection_id text not null,
  processor_method text not null,
  brand text not null,
  last4 text not null check (last4 ~ '^[0-9]{4}$'),
  exp_month smallint not null check (exp_month between 1 and 12),
  exp_year smallint not null check (exp_year between 2000 and 2199),
  is_default boolean not null default false,
  saved_at timestamptz not null default now(),
  removed_at timestamptz,
  primary key (practice_id, id),
  unique (practice_id, connection_id, processor_method),
  check (removed_at is null or not is_default),
  foreign key (practice_id, account_id) references identity.account (practice_id, id),
  foreign key (practice_id, connection_id) references payments.connection (practice_id, id)
);
create unique index method_default on payments.method (practice_id, account_id) where is_default;
create index method_account on payments.method (practice_id, account_id) where removed_at is null;
call practice.guard('payments.method', 'account');

create table payments.payment (
  practice_id text not null,
  id text not null,
  account_id text not null,
  origin text not null check (origin in ('portal', 'desk')),
  method_kind text not null check (method_kind in ('card', 'cash', 'cheque', 'credit')),
  status text not null check (status in ('created', 'submitted', 'requires_action', 'clearing', 'succeeded', 'failed', 'canceled')),
  currency text not null check (currency in ('usd', 'cad')),
  -- What the form asked for: the same id with another amount is another order, whatever became of its credit.
  ordered_cents bigint not null check (ordered_cents > 0),
  amount_cents bigint not null check (amount_cents > 0),
  credit_cents bigint not null default 0 check (credit_cents between 0 and amount_cents),
  bill_ids text[] not null default '{}',
  connection_id text,
  attempt integer not null default 1 check (attempt > 0),
  -- What the processor is asked with: a saved method, a new card's id, or neither (its hosted page is opened).
  method_id text,
  processor_method text,
  processor_customer text,
  keep text not null default 'no' check (keep in ('no', 'save', 'default')),
  hosted boolean not null default false,
  intent_id text,
  session_id text,
  action_url text,
  card_brand text,
  card_last4 text,
  reference text,
  failure_code text,
  login_id text,
  actor text not null,
  created_at timestamptz not null default now(),
  submitted_at timestamptz,
  received_at timestamptz,
  finished_at timestamptz,
  posted_at timestamptz,
  -- When recovery looks at it next; null once nothing is left to find out.
  check_at timestamptz,
  checks integer not null default 0,
  primary key (practice_id, id),
  check ((status = 'succeeded') = (received_at is not null)),
  check (posted_at is null or status = 'succeeded'),
  check ((method_kind = 'card') = (connection_id is not null)),
  check (method_kind <> 'credit' or credit_cents = amount_cents),
  foreign key (practice_id, account_id) references identity.account (practice_id, id),
  foreign key (practice_id, connection_id) references payments.connection (practice_id, id),
  foreign key (practice_id, method_id) references payments.method (practice_id, id)
);
create unique index payment_intent on payments.payment (practice_id, connection_id, intent_id) where intent_id is not null;
create unique index payment_session on payments.payment (practice_id, connection_id, session_id) where session_id is not null;
create index payment_account on payments.payment (practice_id, account_id, created_at desc, id desc);
create index payment_listed on payments.payment (practice_id, created_at desc, id desc);
create index payment_under_way on payments.payment (practice_id, account_id) where status in ('created', 'submitted', 'requires_action', 'clearing');
create index payment_unposted on payments.payment (practice_id, account_id) where status = 'succeeded' and posted_at is null;
create index payment_due on payments.payment (check_at) where check_at is not null;
call practice.guard('payments.payment', 'account');

-- What a payment would give to a bill's line: counts as used until the payment is posted or ends.
create table payments.reservation (
  practice_id text not null,
  payment_id text not null,
  invoice_line_id text not null,
  invoice_id text not null,
  account_id text not null,
  patient_id text not null,
  cents bigint not null check (cents > 0),
  primary key (practice_id, payment_id, invoice_line_id),
  foreign key (practice_id, payment_id) references payments.payment (practice_id, id),
  foreign key (practice_id, invoice_line_id) references billing.invoice_line (practice_id, id)
);
create index reservation_account on payments.reservation (practice_id, account_id);
create index reservation_invoice on payments.reservation (practice_id, invoice_id);
call practice.guard('payments.reservation', 'account');

-- The credit a payment would use, by the payment that the credit is left of.
create table payments.credit_reservation (
  practice_id text not null,
  payment_id text not null,
  credit_of text not null,
  account_id text not null,
  cents bigint not null check (cents > 0),
  primary key (practice_id, payment_id, credit_of),
  foreign key (practice_id, payment_id) references payments.payment (practice_id, id),
  foreign key (practice_id, credit_of) references payments.payment (practice_id, id)
);
create index credit_reservation_account on payments.credit_reservation (practice_id, account_id);
call practice.guard('payments.credit_reservation', 'account');

create table payments.refund (
  practice_id text not null,
  id text not null,
  payment_id text not null,
  account_id text not null,
  amount_cents bigint not null check (amount_cents > 0),
  reopens boolean not null,
  reason text not null default '',
  status text not null check (status in ('created', 'submitted', 'succeeded', 'failed')),
  attempt integer not null default 1,
  processor_refund text,
  actor text not null,
  created_at timestamptz not null default now(),
  submitted_at timestamptz,
  finished_at timestamptz,
  check_at timestamptz,
  checks integer not null default 0,
  primary key (practice_id, id),
  foreign key (practice_id, payment_id) references payments.payment (practice_id, id)
);
create index refund_payment on payments.refund (practice_id, payment_id);
create index refund_due on payments.refund (check_at) where check_at is not null;
create unique index refund_processor on payments.refund (practice_id, processor_refund) where processor_refund is not null;
call practice.guard('payments.refund', 'account');

create table payments.dispute (
  practice_id text not null,
  id text not null,
  payment_id text not null,
  account_id text not null,
  connection_id text not null,
  processor_dispute text not null,
  amount_cents bigint not null check (amount_cents > 0),
  reason text not null,
  status text not null check (status in ('open', 'won', 'lost')),
  -- Staff's choice when it is lost: whether the debt is owed again. Null until they choose.
  reopens boolean,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  booked_at timestamptz,
  primary key (practice_id, id),
  unique (practice_id, connection_id, processor_dispute),
  foreign key (practice_id, payment_id) references payments.payment (practice_id, id)
);
create index dispute_payment on payments.dispute (practice_id, payment_id);
call practice.guard('payments.dispute', 'account');

create table payments.inbox (
  event_id text primary key,
  processor_account text not null,
  type text not null,
  body jsonb not null,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  check_at timestamptz default now(),
  attempts integer not null default 0,
  outcome text
);
create index inbox_due on payments.inbox (check_at) where processed_at is null;
comment on table payments.inbox is 'no-tenant: processor events as they arrive; the practice comes from the connection, then is checked against our row';

create view payments.unsettled with (security_invoker = true) as
  select * from payments.payment where status in ('created', 'submitted', 'requires_action', 'clearing');

-- Which practices have work due: ids alone, for the sweep, which then works inside one practice a transaction.
create policy sweep on payments.payment for select to current_user using (true);
create policy sweep on payments.refund for select to current_user using (true);
create policy sweep on payments.connection for select to current_user using (true);
create function payments.practices_due() returns setof text language sql stable security definer set search_path = '' as $$
  select practice_id from payments.payment where check_at <= now()
  union
  select practice_id from payments.refund where check_at <= now()
$$;
-- A webhook's practice comes from the connection that its processor account names.
create function payments.practice_of(account text) returns table (practice_id text, connection_id text) language sql stable security definer set search_path = '' as $$
  select practice_id, id from payments.connection where processor_account = account
$$;
revoke all on function payments.practices_due(), payments.practice_of(text) from public;
grant execute on function payments.practices_due(), payments.practice_of(text) to portico_app;

grant usage on schema payments to portico_app;
grant select, insert, update on payments.connection, payments.customer, payments.method, payments.payment, payments.refund, payments.dispute, payments.inbox to portico_app;
grant select, insert, delete on payments.reservation, payments.credit_reservation to portico_app;
grant select on payments.unsettled to portico_app;
