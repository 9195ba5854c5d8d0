import { sql } from 'kysely'
import type { InvoiceId, InvoiceLineId, PatientId, PaymentId, PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { rows, type Tx } from '../platform/database.ts'

/** What closed part of a bill's line and still does: by a payment, or by what else. */
export type Standing = {
  readonly invoice: InvoiceId
  readonly line: InvoiceLineId
  readonly patient: PatientId
  readonly payment: PaymentId | null
  readonly by: 'payment' | 'written-off' | 'settled' | 'next-answer'
  /** The payment whose place the practice took, where it bears it. */
  readonly inPlaceOf: PaymentId | null
  readonly cents: Cents
}

/** All that stands on a bill, newest first. */
export async function listStandingOn(tx: Tx, practice: PracticeId, invoice: InvoiceId): Promise<Standing[]> {
  return rows(
    tx,
    sql<Standing>`select a.invoice_id as invoice, a.invoice_line_id as line, a.patient_id as patient, a.payment_id as payment, kind.by, min(borne.payment_id) as "inPlaceOf", sum(a.cents)::bigint as cents
      from billing.allocation a
        join ledger.entry e on e.practice_id = a.practice_id and e.id = a.entry_id
        cross join lateral (select case when a.payment_id is not null then 'payment' when a.written_off then 'written-off'
          when e.kind = 'next-answer' then 'next-answer' else 'settled' end as by) kind
        left join lateral (select l.payment_id from ledger.line l where a.written_off and l.practice_id = a.practice_id and l.entry_id = a.entry_id
          and l.ledger_account = 'adjustments' and l.payment_id is not null limit 1) borne on true
      where a.practice_id = ${practice} and a.invoice_id = ${invoice}
      group by a.invoice_id, a.invoice_line_id, a.patient_id, a.payment_id, kind.by having sum(a.cents) <> 0
      order by max(a.recorded_at) desc, max(a.id) desc`,
  )
}
