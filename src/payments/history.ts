import { sql } from 'kysely'
import type { InvoiceId, PaymentId, PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { list } from '../platform/database.ts'

/** A bill that a payment went to, or will go to. */
export type PaidBill = {
  readonly payment: PaymentId
  readonly invoice: InvoiceId
  readonly number: string
  readonly title: string
}

/** The bills of several payments: what they reserve, and what they were given to; the query for a list's batch. */
export function selectPaidBills(practice: PracticeId, payments: readonly PaymentId[]) {
  return sql<PaidBill>`select p.payment_id as payment, i.id as invoice, i.number, i.title from (
      select payment_id, invoice_id from payments.reservation where practice_id = ${practice} and payment_id = any (${list(payments)})
      union select payment_id, invoice_id from billing.allocation where practice_id = ${practice} and payment_id = any (${list(payments)}) and cents > 0) p
    join billing.invoice i on i.practice_id = ${practice} and i.id = p.invoice_id order by p.payment_id, i.due_on, i.id`
}

/** What went back of several payments: refunds that did not fail, whether a bank asks about one, and whether it took it back; the query for a list's batch. */
export function selectReturns(practice: PracticeId, payments: readonly PaymentId[]) {
  return sql<{ payment: PaymentId; refunded: Cents; disputed: boolean; lost: boolean }>`select p.id as payment,
      coalesce((select sum(r.amount_cents) from payments.refund r where r.practice_id = p.practice_id and r.payment_id = p.id and r.status <> 'failed'), 0)::bigint as refunded,
      exists (select from payments.dispute d where d.practice_id = p.practice_id and d.payment_id = p.id and d.status = 'open') as disputed,
      exists (select from payments.dispute d where d.practice_id = p.practice_id and d.payment_id = p.id and d.status = 'lost') as lost
    from payments.payment p where p.practice_id = ${practice} and p.id = any (${list(payments)})`
}
