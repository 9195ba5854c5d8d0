import { sql } from 'kysely'
import type { PracticeId } from '../../kernel/ids.ts'
import type { Check } from './ledger.ts'

/** Refunds and disputes against their entries, and what the ledger says is held of each payment. */
export function returnChecks(practice: PracticeId): Check[] {
  const entries = (account: string, kinds: readonly string[]) =>
    sql`(select e.kind, e.source, sum(abs(l.cents)) as cents from ledger.entry e join ledger.line l on l.practice_id = e.practice_id and l.entry_id = e.id
      where e.practice_id = ${practice} and e.kind = any (${kinds}::text[]) and l.ledger_account = ${account} group by e.kind, e.source)`
  const sums = (table: 'refund' | 'dispute', which: ReturnType<typeof sql>) =>
    sql`(select payment_id, sum(amount_cents) as cents from ${sql.table(`payments.${table}`)} where practice_id = ${practice} and ${which} group by payment_id)`
  const balance = (account: string) =>
    sql`(select payment_id, sum(cents) as cents from ledger.line where practice_id = ${practice} and ledger_account = ${account} group by payment_id)`
  return [
    {
      kind: 'refund.entry',
      broken: sql`select coalesce(r.id, e.source) as ref, r.kind || ' ' || r.amount_cents as ours, e.kind || ' ' || e.cents as theirs
        from (select id, amount_cents, unnest(case status when 'succeeded' then array['refund-asked', 'refund-done'] else array['refund-asked'] end) as kind
          from payments.refund where practice_id = ${practice} and status <> 'failed' and not outside) r
        full join (select * from ${entries('refunds-payable', ['refund-asked', 'refund-done'])} e
          where not exists (select from payments.refund f where f.practice_id = ${practice} and f.id = e.source and f.status = 'failed')) e on e.source = r.id and e.kind = r.kind
        where r.amount_cents is distinct from e.cents`,
    },
    {
      kind: 'refund.outside',
      broken: sql`select coalesce(r.id, e.source) as ref, r.kind || ' ' || r.amount_cents as ours, e.kind || ' ' || e.cents as theirs
        from (select id, amount_cents, unnest(case when booked_at is null then array['refund-outside'] else array['refund-outside', 'refund-outside-booked'] end) as kind
          from payments.refund where practice_id = ${practice} and outside) r
        full join ${entries('disputed', ['refund-outside', 'refund-outside-booked'])} e on e.source = r.id and e.kind = r.kind
        where r.amount_cents is distinct from e.cents`,
    },
    {
      kind: 'refund.reversed',
      broken: sql`select coalesce(r.id, e.source) as ref, coalesce(r.status, 'no failed refund') as ours, coalesce(e.id, 'no entry') as theirs
        from (select id, status from payments.refund where practice_id = ${practice} and status = 'failed') r
        full join (select id, source from ledger.entry where practice_id = ${practice} and kind = 'refund-failed') e on e.source = r.id
        where r.id is null or e.id is null`,
    },
    {
      kind: 'refund.total',
      broken: sql`select p.id as ref, r.cents as ours, p.amount_cents - p.credit_cents as theirs from ${sums('refund', sql`status = 'succeeded'`)} r
        left join payments.payment p on p.practice_id = ${practice} and p.id = r.payment_id where r.cents > coalesce(p.amount_cents - p.credit_cents, 0)`,
    },
    {
      kind: 'refund.payable',
      broken: sql`select coalesce(r.payment_id, b.payment_id) as ref, coalesce(r.cents, 0) as ours, -coalesce(b.cents, 0) as theirs
        from ${sums('refund', sql`status in ('created', 'submitted')`)} r full join ${balance('refunds-payable')} b on b.payment_id = r.payment_id
        where coalesce(r.cents, 0) <> -coalesce(b.cents, 0)`,
    },
    {
      kind: 'dispute.entry',
      broken: sql`select coalesce(d.id, e.source) as ref, d.kind || ' ' || d.amount_cents as ours, e.kind || ' ' || e.cents as theirs
        from (select id, amount_cents, unnest(case when status = 'won' then array['dispute-opened', 'dispute-won']
            when booked_at is not null then array['dispute-opened', 'dispute-lost'] else array['dispute-opened'] end) as kind
          from payments.dispute where practice_id = ${practice}) d
        full join ${entries('disputed', ['dispute-opened', 'dispute-won', 'dispute-lost'])} e on e.source = d.id and e.kind = d.kind
        where d.amount_cents is distinct from e.cents`,
    },
    {
      kind: 'dispute.balance',
      broken: sql`select coalesce(d.payment_id, b.payment_id) as ref, coalesce(d.cents, 0) as ours, coalesce(b.cents, 0) as theirs
        from (select payment_id, sum(cents) as cents from (${sums('dispute', sql`status <> 'won' and booked_at is null`)}
          union all ${sums('refund', sql`outside and status <> 'failed' and booked_at is null`)}) undecided group by payment_id) d full join ${balance('disputed')} b on b.payment_id = d.payment_id
        where coalesce(d.cents, 0) <> coalesce(b.cents, 0)`,
    },
    {
      kind: 'credit.taken-back',
      broken: sql`select t.used_by as ref, sum(t.cents) as ours, coalesce(max(u.cents), 0) as theirs from payments.credit_taken_back t
        left join (select e.source, l.payment_id, l.cents from ledger.entry e join ledger.line l on l.practice_id = e.practice_id and l.entry_id = e.id
          where e.practice_id = ${practice} and e.kind = 'success' and l.ledger_account = 'unapplied-credit') u on u.source = t.used_by and u.payment_id = t.credit_of
        where t.practice_id = ${practice} group by t.credit_of, t.used_by having sum(t.cents) not between 0 and coalesce(max(u.cents), 0)`,
    },
    {
      kind: 'payment.held',
      broken: sql`select coalesce(p.id, b.payment_id) as ref, coalesce(p.tendered, 0) - coalesce(r.cents, 0) - coalesce(d.cents, 0) as ours, coalesce(b.cents, 0) as theirs
        from (select id, amount_cents - credit_cents as tendered from payments.payment where practice_id = ${practice} and status = 'succeeded') p
        full join (select payment_id, cents from ledger.by_payment where practice_id = ${practice}) b on b.payment_id = p.id
        left join ${sums('refund', sql`status = 'succeeded'`)} r on r.payment_id = p.id
        left join ${sums('dispute', sql`status <> 'won'`)} d on d.payment_id = p.id
        where coalesce(p.tendered, 0) - coalesce(r.cents, 0) - coalesce(d.cents, 0) <> coalesce(b.cents, 0)`,
    },
  ]
}
