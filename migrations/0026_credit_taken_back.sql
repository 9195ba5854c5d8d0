-- What a payment's credit paid for is taken back once: how much of one payment's use of another's credit an entry took back (below
-- zero: gave again, because the refund failed). Without it a second return of the same payment takes the same share again, and that is
-- then the other payment's own money (docs/domain.md, "Refund asked" and "Dispute").
create table payments.credit_taken_back (
  practice_id text not null,
  entry_id text not null,
  -- The payment whose credit it was, and the one that used it.
  credit_of text not null,
  used_by text not null,
  account_id text not null,
  cents bigint not null check (cents <> 0),
  primary key (practice_id, entry_id, credit_of, used_by),
  foreign key (practice_id, entry_id) references ledger.entry (practice_id, id),
  foreign key (practice_id, credit_of) references payments.payment (practice_id, id),
  foreign key (practice_id, used_by) references payments.payment (practice_id, id)
);
create index credit_taken_back_of on payments.credit_taken_back (practice_id, credit_of);
call practice.guard('payments.credit_taken_back', 'account');
call practice.forbid_change('payments.credit_taken_back');
grant select, insert on payments.credit_taken_back to portico_app;

-- What earlier entries took from a payment that had used the credit directly; longer ways were not written down.
alter table ledger.entry no force row level security;
alter table ledger.line no force row level security;
alter table billing.allocation no force row level security;
alter table payments.refund no force row level security;
alter table payments.dispute no force row level security;
alter table payments.credit_taken_back no force row level security;
with returned as (
  select e.practice_id, e.id as entry_id, coalesce(r.payment_id, d.payment_id) as credit_of
  from ledger.entry e
  left join payments.refund r on e.kind = 'refund-asked' and r.practice_id = e.practice_id and r.id = e.source and r.status <> 'failed'
  left join payments.dispute d on e.kind = 'dispute-lost' and d.practice_id = e.practice_id and d.id = e.source
  where coalesce(r.payment_id, d.payment_id) is not null
), taken as (
  select practice_id, entry_id, payment_id as used_by, -cents as cents from billing.allocation where payment_id is not null and cents < 0
  union all
  select practice_id, entry_id, payment_id, cents from ledger.line where ledger_account in ('unposted-payments', 'unapplied-credit') and cents > 0
)
insert into payments.credit_taken_back (practice_id, entry_id, credit_of, used_by, account_id, cents)
select r.practice_id, r.entry_id, r.credit_of, t.used_by, u.account_id, least(sum(t.cents), u.cents)
from returned r
join taken t on t.practice_id = r.practice_id and t.entry_id = r.entry_id
join ledger.entry s on s.practice_id = r.practice_id and s.kind = 'success' and s.source = t.used_by
join ledger.line u on u.practice_id = s.practice_id and u.entry_id = s.id and u.ledger_account = 'unapplied-credit' and u.cents > 0 and u.payment_id = r.credit_of
group by r.practice_id, r.entry_id, r.credit_of, t.used_by, u.account_id, u.cents;
alter table ledger.entry force row level security;
alter table ledger.line force row level security;
alter table billing.allocation force row level security;
alter table payments.refund force row level security;
alter table payments.dispute force row level security;
alter table payments.credit_taken_back force row level security;
