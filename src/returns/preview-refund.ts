import { selectInvoicesById } from '../billing/invoices.ts'
import type { InvoiceId, PracticeId } from '../kernel/ids.ts'
import { type Cents, sumCents } from '../kernel/money.ts'
import type { Payment } from '../payments/payments.ts'
import { rows, type Tx } from '../platform/database.ts'
import { checkRefund } from './refund.ts'
import { refundable } from './refundable.ts'
import { planUnwinding } from './unwind.ts'

/** What a refund would change, were it asked now. */
export type RefundPreview = {
  /** Bills that it takes money from: they are owed again, or the practice bears so much of them. */
  readonly bills: readonly { readonly number: string; readonly title: string; readonly cents: Cents }[]
  /** What it takes of credit, and of what waits to be posted beyond what bills would get. */
  readonly credit: Cents
}

/** Says what a refund would change; changes nothing. Refuses what `refundPayment` would. */
export async function previewRefund(
  tx: Tx,
  practice: PracticeId,
  payment: Payment,
  order: { readonly amount: Cents; readonly reopens: boolean },
): Promise<RefundPreview> {
  checkRefund(payment, order, await refundable(tx, practice, payment))
  const { given, shrunk } = await planUnwinding(tx, practice, payment, order)
  const taken = [
    ...given.filter(({ cents }) => cents < 0n).map(({ invoice, cents }) => ({ invoice, cents: -cents })),
    ...shrunk.flatMap(({ freed }) => freed),
  ]
  const byBill = Map.groupBy(taken, ({ invoice }) => invoice)
  const found = await rows(tx, selectInvoicesById(practice, [...byBill.keys()]))
  const sumOf = (bill: InvoiceId) => sumCents((byBill.get(bill) ?? []).map(({ cents }) => cents))
  return {
    bills: found.map(({ id, number, title }) => ({ number, title, cents: sumOf(id) })),
    credit: order.amount - sumCents(taken.map(({ cents }) => cents)),
  }
}
