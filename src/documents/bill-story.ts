import { givenWithoutPayment, selectInvoiceAllocations, type WithoutPayment } from '../billing/allocations.ts'
import { type Invoice, type InvoiceLine, selectInvoiceLines } from '../billing/invoices.ts'
import { type Patient, selectHousehold } from '../identity/patients.ts'
import type { PracticeId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import type { Viewer } from '../payments/owed.ts'
import { type OwedSums, owedSumsFrom, selectOwedSums, selectToPay, toPayOf } from '../payments/owed-sums.ts'
import { type BillPayment, selectBillPayments } from '../payments/payments.ts'
import { batch, type RowsOf, type Tx } from '../platform/database.ts'
import { type BillMoment, momentsOf } from './bill-moments.ts'

/** A bill as everybody is told of it: its page, its PDF and its mail say the same. */
export type BillStory = WithoutPayment & {
  readonly bill: Invoice
  readonly lines: readonly InvoiceLine[]
  /** The household's people, its guarantor first. */
  readonly household: readonly Patient[]
  /** Payments that gave to it, would give to it, or were tried for it. */
  readonly payments: readonly BillPayment[]
  /** What payments of its people gave, refunds and disputes taken off. */
  readonly paid: Cents
  /** What payments under way will give. */
  readonly underWay: Cents
  /** What is to be paid: what is open without what is under way. */
  readonly toPay: Cents
  /** All that its household owes, and its credit. */
  readonly owed: Pick<OwedSums, 'total' | 'creditTotal'>
  readonly moments: readonly BillMoment[]
}

/** Reads a bill's story in one batch, as far as this transaction's scope may see it. */
export async function readBillStory(tx: Tx, practice: Place, bill: Invoice, by: Viewer = {}): Promise<BillStory> {
  return billStoryFrom(await batch(tx, selectBillStory(practice.id, bill, by)), practice, bill)
}

type Place = { readonly id: PracticeId; readonly timeZone: string }

/** The queries behind readBillStory, for a page whose last reads they are; give their rows to billStoryFrom. */
export function selectBillStory(
  practice: PracticeId,
  { id, account }: Pick<Invoice, 'id' | 'account'>,
  by: Viewer = {},
) {
  return [
    selectInvoiceLines(practice, id),
    selectInvoiceAllocations(practice, id),
    selectHousehold(practice, account),
    selectBillPayments(practice, id),
    selectToPay(practice, [id], by),
    ...selectOwedSums(practice, account, by),
  ] as const
}

export function billStoryFrom(
  [lines, allocations, household, payments, left, ...owed]: RowsOf<ReturnType<typeof selectBillStory>>,
  { timeZone }: Pick<Place, 'timeZone'>,
  bill: Invoice,
): BillStory {
  const toPay = toPayOf(left, bill.id)
  const without = givenWithoutPayment(allocations)
  const { settled, paidBefore, nextPaid, writtenOff } = without
  return {
    ...without,
    bill,
    lines,
    household,
    payments,
    paid: bill.total - bill.open - settled - paidBefore - nextPaid - writtenOff,
    underWay: bill.open - toPay,
    toPay,
    owed: owedSumsFrom(owed),
    moments: momentsOf(bill, payments, allocations, timeZone),
  }
}
