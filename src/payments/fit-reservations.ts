import { sql } from 'kysely'
import type { AccountId, InvoiceId, InvoiceLineId, PaymentId, PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { list, rows, type Tx, unnested, write } from '../platform/database.ts'

/** What payments under way, or waiting to be posted, have reserved of these bills. */
export async function findReservedBills(
  tx: Tx,
  practice: PracticeId,
  invoices: readonly InvoiceId[],
): Promise<Map<InvoiceId, Cents>> {
  const found = await rows(
    tx,
    sql<{
      invoice: InvoiceId
      cents: Cents
    }>`select invoice_id as invoice, sum(cents)::bigint as cents from payments.reservation
      where practice_id = ${practice} and invoice_id = any (${list(invoices)}) group by invoice_id`,
  )
  return new Map(found.map(each => [each.invoice, each.cents]))
}

type Over = { readonly payment: PaymentId; readonly line: InvoiceLineId; readonly keeps: Cents }

/**
 * After bills of a household were lowered: nothing is reserved of a line beyond what is open of it; who came first keeps
 * theirs. What the payment brings beyond that is credit when it is posted. The caller holds the household's lock.
 */
export async function fitReservations(tx: Tx, practice: PracticeId, account: AccountId): Promise<void> {
  const over = await rows(
    tx,
    sql<Over>`select payment, line, keeps from (
        select r.payment_id as payment, r.invoice_line_id as line, r.cents,
          greatest(0, least(r.cents, il.open_cents - (sum(r.cents) over (partition by r.invoice_line_id order by r.payment_id) - r.cents)))::bigint as keeps
        from payments.reservation r join billing.invoice_line il on il.practice_id = r.practice_id and il.id = r.invoice_line_id
        where r.practice_id = ${practice} and r.account_id = ${account}) reserved
      where keeps < cents`,
  )
  if (over.length === 0) return
  const given = unnested('given', over, {
    payment: ['text', each => each.payment],
    line: ['text', each => each.line],
    keeps: ['bigint', each => each.keeps],
  })
  await write(
    tx,
    sql`with taken as (delete from payments.reservation r using ${given}
        where r.practice_id = ${practice} and r.payment_id = given.payment and r.invoice_line_id = given.line
        returning r.payment_id, r.invoice_line_id, r.invoice_id, r.account_id, r.patient_id, given.keeps)
      insert into payments.reservation (practice_id, payment_id, invoice_line_id, invoice_id, account_id, patient_id, cents)
      select ${practice}, payment_id, invoice_line_id, invoice_id, account_id, patient_id, keeps from taken where keeps > 0`,
  )
}
