import { sql } from 'kysely'
import type { InvoiceId, PracticeId } from '../kernel/ids.ts'
import { list, rows, type Tx } from '../platform/database.ts'

/** Whether a refund is on its way of a payment that gave to one of these bills: should it fail, its money comes back to them. */
export async function hasRefundOnItsWay(
  tx: Tx,
  practice: PracticeId,
  invoices: readonly InvoiceId[],
): Promise<boolean> {
  const found = await rows(
    tx,
    sql`select from payments.refund r where r.practice_id = ${practice} and r.status in ('created', 'submitted')
      and r.payment_id in (select a.payment_id from billing.allocation a where a.practice_id = ${practice} and a.invoice_id = any (${list(invoices)})) limit 1`,
  )
  return found.length > 0
}
