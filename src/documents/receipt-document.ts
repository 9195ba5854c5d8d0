import { paidWith } from '../design/paid-with.ts'
import { receiptPdf } from '../design/receipt-pdf.ts'
import { dayIn } from '../kernel/dates.ts'
import { receiptNumber } from '../payments/payments.ts'
import type { PaymentStory } from './payment-story.ts'
import { nameOf, type Sheet, senderOf } from './sheet.ts'

/** The receipt of a payment that came in. Needs no database. */
export function drawReceipt(sheet: Sheet, story: PaymentStory): Promise<Uint8Array> {
  const { words, practice } = sheet
  const { payment, parts, household, refunds, planned, toCredit, paidBy } = story
  return receiptPdf({
    words,
    zone: practice.timeZone,
    sender: senderOf(sheet),
    number: receiptNumber(payment.id),
    amount: payment.amount,
    paidAt: payment.receivedAt ?? payment.createdAt,
    paidBy: paidBy ?? nameOf(household[0]),
    method: paidWith(words, payment),
    credit: payment.methodKind === 'credit' ? 0n : payment.creditUsed,
    beingPosted: planned,
    parts: parts.map(({ title, number, person, cents, left }) => ({
      bill: title,
      number,
      patient: person,
      paid: cents,
      left,
    })),
    keptAsCredit: toCredit,
    refunds: refunds.flatMap(({ status, amount, finishedAt }) =>
      status === 'succeeded' && finishedAt ? [{ amount, on: dayIn(practice.timeZone, finishedAt) }] : [],
    ),
  })
}
