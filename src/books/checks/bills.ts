import { sql } from 'kysely'
import type { PracticeId } from '../../kernel/ids.ts'
import type { Check } from './ledger.ts'

/** The bills against their lines, charges and allocations, and against the ledger's receivables. */
export function billChecks(practice: PracticeId): Check[] {
  const given = (by: 'invoice_id' | 'invoice_line_id') =>
    sql`(select ${sql.ref(by)} as id, sum(cents) as cents from billing.allocation where practice_id = ${practice} group by ${sql.ref(by)})`
  return [
    {
      kind: 'invoice.open',
      broken: sql`select i.id as ref, i.open_cents as ours, i.total_cents - coalesce(a.cents, 0) as theirs
        from billing.invoice i left join ${given('invoice_id')} a on a.id = i.id
        where i.practice_id = ${practice} and i.open_cents <> i.total_cents - coalesce(a.cents, 0)`,
    },
    {
      kind: 'invoice-line.open',
      broken: sql`select il.id as ref, il.open_cents as ours, il.share_cents - coalesce(a.cents, 0) as theirs
        from billing.invoice_line il left join ${given('invoice_line_id')} a on a.id = il.id
        where il.practice_id = ${practice} and il.open_cents <> il.share_cents - coalesce(a.cents, 0)`,
    },
    {
      kind: 'invoice.total',
      broken: sql`select i.id as ref, i.total_cents as ours, coalesce(l.share, 0) as theirs from billing.invoice i
        left join (select il.invoice_id, sum(il.share_cents) as share, sum(ch.charged_cents) as charged, sum(ch.insurance_paid_cents) as paid, sum(ch.discount_cents) as discount
          from billing.invoice_line il join billing.charge ch on ch.practice_id = il.practice_id and ch.id = il.charge_id
          where il.practice_id = ${practice} group by il.invoice_id) l on l.invoice_id = i.id
        where i.practice_id = ${practice} and (i.total_cents, i.charged_cents, i.insurance_paid_cents, i.discount_cents)
          is distinct from (l.share, l.charged, l.paid, l.discount)`,
    },
    {
      kind: 'charge.billed',
      broken: sql`select ch.id as ref, ch.share_cents as ours, coalesce(il.share_cents, 0) as theirs from billing.charge ch
        left join billing.invoice_line il on il.practice_id = ch.practice_id and il.charge_id = ch.id
        where ch.practice_id = ${practice} and ch.share_cents <> coalesce(il.share_cents, 0)`,
    },
    {
      kind: 'charge.revenue',
      broken: sql`select coalesce(c.patient_id, l.patient_id) as ref, coalesce(c.cents, 0) as ours, coalesce(l.cents, 0) as theirs
        from (select patient_id, sum(charged_cents) as cents from billing.charge where practice_id = ${practice} and state = 'answered' and withdrawn_at is null group by patient_id) c
        full join (select l.patient_id, -sum(l.cents) as cents from ledger.line l join ledger.entry e on e.practice_id = l.practice_id and e.id = l.entry_id
          where l.practice_id = ${practice} and (e.kind = 'issue' or e.kind in ('credit-note', 'correction') and e.corrects is not null) and l.ledger_account in ('revenue', 'membership-unearned') group by l.patient_id) l on l.patient_id = c.patient_id
        where coalesce(c.cents, 0) <> coalesce(l.cents, 0)`,
    },
    {
      kind: 'invoice.withdrawn',
      broken: sql`select coalesce(i.id, e.source) as ref, coalesce(i.withdrawn_at::text, 'stands') as ours, coalesce(e.id, 'no entry') as theirs
        from (select id, withdrawn_at from billing.invoice where practice_id = ${practice} and withdrawn_at is not null) i
        full join (select id, source from ledger.entry where practice_id = ${practice} and kind = 'credit-note' and corrects is not null) e on e.source = i.id
        where i.id is null or e.id is null`,
    },
    {
      kind: 'charge.withdrawn',
      broken: sql`select i.id as ref, coalesce(i.withdrawn_at::text, 'stands') as ours, coalesce(ch.withdrawn_at::text, 'stands') as theirs from billing.invoice i
        join billing.invoice_line il on il.practice_id = i.practice_id and il.invoice_id = i.id
        join billing.charge ch on ch.practice_id = il.practice_id and ch.id = il.charge_id
        where i.practice_id = ${practice} and (i.withdrawn_at is null) <> (ch.withdrawn_at is null)`,
    },
    {
      kind: 'receivable.bills',
      broken: sql`select coalesce(r.patient_id, i.patient_id) as ref, coalesce(r.balance_cents, 0) as ours, coalesce(i.cents, 0) as theirs
        from (select account_id, patient_id, balance_cents from ledger.receivable where practice_id = ${practice}) r
        full join (select account_id, patient_id, sum(open_cents) as cents from billing.invoice where practice_id = ${practice} group by account_id, patient_id) i
          on i.account_id = r.account_id and i.patient_id = r.patient_id
        where coalesce(r.balance_cents, 0) <> coalesce(i.cents, 0)`,
    },
    {
      kind: 'allocation.entry',
      broken: sql`select coalesce(a.entry_id, l.entry_id) as ref, coalesce(a.cents, 0) as ours, coalesce(l.cents, 0) as theirs
        from (select entry_id, patient_id, sum(cents) as cents from billing.allocation where practice_id = ${practice} group by entry_id, patient_id) a
        full join (select l.entry_id, l.patient_id, -sum(l.cents) as cents from ledger.line l join ledger.entry e on e.practice_id = l.practice_id and e.id = l.entry_id
          where l.practice_id = ${practice} and l.ledger_account = 'receivable' and e.kind not in ('issue', 'correction') group by l.entry_id, l.patient_id) l
          on l.entry_id = a.entry_id and l.patient_id = a.patient_id
        where coalesce(a.cents, 0) <> coalesce(l.cents, 0)`,
    },
    {
      kind: 'allocation.taken-back',
      broken: sql`select coalesce(payment_id, invoice_line_id) as ref, sum(cents) as ours, 0 as theirs from billing.allocation
        where practice_id = ${practice} group by payment_id, invoice_line_id having sum(cents) < 0`,
    },
  ]
}
