import { sql } from 'kysely'
import type { PracticeId } from '../../kernel/ids.ts'
import { UNDER_WAY } from '../../payments/payments.ts'
import type { Check } from './ledger.ts'

/** Payments and what they reserve, against the entries and balances that bear their name. */
export function paymentChecks(practice: PracticeId): Check[] {
  const payments = sql`(select * from payments.payment where practice_id = ${practice})`
  const balances = sql`(select payment_id, account_id, -coalesce(sum(cents) filter (where ledger_account = 'unposted-payments'), 0) as unposted,
      -coalesce(sum(cents) filter (where ledger_account = 'unapplied-credit'), 0) as credit
    from ledger.line where practice_id = ${practice} and ledger_account in ('unposted-payments', 'unapplied-credit') group by payment_id, account_id)`
  const reserved = sql`(select payment_id, sum(cents) as cents from payments.reservation where practice_id = ${practice} group by payment_id)`
  return [
    {
      kind: 'payment.entry',
      broken: sql`select coalesce(p.id, e.source) as ref, case when p.status = 'succeeded' then p.amount_cents else 0 end as ours, coalesce(e.received, 0) as theirs
        from ${payments} p full join (select e.source, -sum(l.cents) filter (where l.ledger_account = 'unposted-payments' and l.payment_id = e.source) as received,
            sum(l.cents) filter (where l.ledger_account = 'unapplied-credit') as credit, bool_or(l.ledger_account = 'processor-clearing') as by_card
          from ledger.entry e left join ledger.line l on l.practice_id = e.practice_id and l.entry_id = e.id
          where e.practice_id = ${practice} and e.kind = 'success' group by e.id, e.source) e on e.source = p.id
        where (coalesce(p.status, '') = 'succeeded') <> (e.source is not null) or (e.source is not null
          and (p.amount_cents, p.credit_cents, p.method_kind = 'card') is distinct from (e.received, coalesce(e.credit, 0), e.by_card))`,
    },
    {
      kind: 'payment.posting',
      broken: sql`select coalesce(p.id, e.source) as ref, coalesce(p.posted_at::text, 'not posted') as ours, coalesce(e.id, 'no entry') as theirs
        from ${payments} p full join (select id, source from ledger.entry where practice_id = ${practice} and kind = 'posting') e on e.source = p.id
        left join ${balances} b on b.payment_id = p.id
        where (e.id is not null and p.posted_at is null) or (p.posted_at is not null and coalesce(b.unposted, 0) <> 0)`,
    },
    {
      // It would wait for somebody to post it for ever.
      kind: 'payment.nothing-to-post',
      broken: sql`select p.id as ref, 'not posted' as ours, 0 as theirs from ${payments} p left join ${balances} b on b.payment_id = p.id
        where p.status = 'succeeded' and p.posted_at is null and coalesce(b.unposted, 0) = 0`,
    },
    {
      kind: 'payment.unposted',
      broken: sql`select coalesce(p.id, b.payment_id) as ref, case when p.status = 'succeeded' and p.posted_at is null then p.amount_cents else 0 end as ours, b.unposted as theirs
        from ${balances} b left join ${payments} p on p.id = b.payment_id and p.account_id = b.account_id
        where b.unposted < 0 or (b.unposted > 0 and (p.posted_at is not null or p.status is distinct from 'succeeded' or b.unposted > p.amount_cents))`,
    },
    {
      kind: 'payment.credit',
      broken: sql`select b.payment_id as ref, b.credit as ours, 0 as theirs from ${balances} b where b.credit < 0`,
    },
    {
      kind: 'payment.account',
      broken: sql`select l.entry_id as ref, l.account_id as ours, coalesce(p.account_id, 'no payment') as theirs from ledger.line l
        left join payments.payment p on p.practice_id = l.practice_id and p.id = l.payment_id
        where l.practice_id = ${practice} and l.payment_id is not null and l.account_id is distinct from p.account_id`,
    },
    {
      kind: 'reservation.state',
      broken: sql`select r.payment_id as ref, r.cents as ours, coalesce(p.status, 'no payment') as theirs from ${reserved} r left join ${payments} p on p.id = r.payment_id
        where p.id is null or not (p.status in ${UNDER_WAY} or (p.status = 'succeeded' and p.posted_at is null))`,
    },
    {
      kind: 'reservation.amount',
      broken: sql`select p.id as ref, r.cents as ours, case when p.status = 'succeeded' then coalesce(b.unposted, 0) else p.amount_cents end as theirs
        from ${reserved} r join ${payments} p on p.id = r.payment_id left join ${balances} b on b.payment_id = p.id
        where r.cents > case when p.status = 'succeeded' then coalesce(b.unposted, 0) else p.amount_cents end`,
    },
    {
      kind: 'reservation.open',
      broken: sql`select r.invoice_line_id as ref, sum(r.cents) as ours, coalesce(max(il.open_cents), 0) as theirs from payments.reservation r
        left join billing.invoice_line il on il.practice_id = r.practice_id and il.id = r.invoice_line_id
        where r.practice_id = ${practice} group by r.invoice_line_id having sum(r.cents) > coalesce(max(il.open_cents), 0)`,
    },
    {
      kind: 'credit-reservation.credit',
      broken: sql`select r.credit_of as ref, r.cents as ours, coalesce(b.credit, 0) as theirs
        from (select credit_of, sum(cents) as cents from payments.credit_reservation where practice_id = ${practice} group by credit_of) r
        left join ${balances} b on b.payment_id = r.credit_of where r.cents > coalesce(b.credit, 0)`,
    },
    {
      kind: 'credit-reservation.state',
      broken: sql`select coalesce(r.payment_id, p.id) as ref, coalesce(r.cents, 0) as ours, coalesce(p.credit_cents, 0) as theirs
        from (select payment_id, sum(cents) as cents from payments.credit_reservation where practice_id = ${practice} group by payment_id) r
        full join (select id, credit_cents from ${payments} p where p.status in ${UNDER_WAY} and p.credit_cents > 0) p on p.id = r.payment_id
        where p.id is null or coalesce(r.cents, 0) > p.credit_cents`,
    },
    {
      kind: 'collected.day',
      broken: sql`with zone as (select time_zone as name from practice.practice where practice_id = ${practice}),
        kept as (select day, cents, payments from payments.collected_day where practice_id = ${practice} and time_zone = (select name from zone))
        select kept.day as ref, kept.cents as ours, coalesce(p.cents, 0) as theirs from kept
        left join (select (received_at at time zone (select name from zone))::date as day, sum(amount_cents - credit_cents) as cents, count(*) as payments
          from ${payments} p where status = 'succeeded' and amount_cents > credit_cents group by 1) p on p.day = kept.day
        where (kept.cents, kept.payments) is distinct from (coalesce(p.cents, 0), coalesce(p.payments, 0))`,
    },
  ]
}
