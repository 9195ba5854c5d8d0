import { drawBill } from '../documents/bill-document.ts'
import { readBillStory } from '../documents/bill-story.ts'
import { readPaymentStory } from '../documents/payment-story.ts'
import { drawReceipt } from '../documents/receipt-document.ts'
import { Refusal } from '../kernel/refusal.ts'
import { viewer } from '../payments/owed.ts'
import { receiptNumber } from '../payments/payments.ts'
import { pdf } from '../web/answers.ts'
import { patientGet, type Route } from '../web/route.ts'

const billDocument = patientGet(
  { path: '/:practice/bills/:bill/bill.pdf', room: 'documents', audit: 'bill.print', answers: 'pdf' },
  async context => {
    const { app, practice, actor, tx, records } = context
    const story = await readBillStory(tx, practice, records.bill, viewer(actor))
    const at = app.now()
    return async () => pdf(await drawBill(context, story, { at, site: app.config.url }), `${records.bill.number}.pdf`)
  },
)

const receiptDocument = patientGet(
  { path: '/:practice/payments/:payment/receipt.pdf', room: 'documents', audit: 'receipt.print', answers: 'pdf' },
  async context => {
    const { practice, tx, records } = context
    // Only money that came in has a receipt.
    if (records.payment.status !== 'succeeded') throw new Refusal('absent', 'receipt.absent')
    const story = await readPaymentStory(tx, practice.id, records.payment)
    return async () => pdf(await drawReceipt(context, story), `${receiptNumber(records.payment.id)}.pdf`)
  },
)

/** Bills and receipts to keep and print: read in the gate's transaction, drawn when it has ended. */
export const documentRoutes: Route[] = [billDocument, receiptDocument]
