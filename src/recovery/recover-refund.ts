import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId, RefundId } from '../kernel/ids.ts'
import { connectionOf } from '../payments/ask.ts'
import { findPayment } from '../payments/payments.ts'
import { transact } from '../platform/database.ts'
import { ageOf, readClocks } from '../processor/clocks.ts'
import { startMinute } from '../processor/minute.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { lookAtOutside } from '../returns/outside-refund.ts'
import { findRefund, isOnItsWay, type Refund } from '../returns/refunds.ts'
import { sendRefund, takeRefund } from '../returns/send-refund.ts'

/** Finds out what became of one refund: by its own id at the processor, by sending it again with its key, or, once keys may be forgotten, by listing alone (reliability 2). */
export async function recoverRefund(
  app: PaymentsApp,
  practice: PracticeId,
  id: RefundId,
  by: string,
): Promise<Refund | undefined> {
  const { refund, payment } = await transact(app.db, wholePractice(practice), async tx => {
    const refund = await findRefund(tx, practice, id)
    return { refund, payment: refund && (await findPayment(tx, practice, refund.payment)) }
  })
  if (!refund || !payment?.intent || !(refund.outside || isOnItsWay(refund))) return refund
  const minute = startMinute()
  const connection = await connectionOf(app, practice, payment)
  const at = connection.processorAccount
  if (refund.outside) {
    await lookAtOutside(app, practice, refund, at, by)
    return refund
  }
  if (refund.processorRefund)
    return takeRefund(app, practice, id, await app.processor.retrieveRefund(at, refund.processorRefund), by)
  const found = await app.processor.findRefunds(at, payment.intent)
  if (!('value' in found)) return refund
  const ours = found.value.find(each => each.ours === id)
  if (ours) return takeRefund(app, practice, id, { value: ours }, by)
  // One that was never sent cannot have arrived, however long nobody was there to send it.
  if (refund.status === 'created') return sendRefund(app, practice, refund, by, minute)
  const clocks = await readClocks(app, practice, connection)
  if (!clocks) return refund
  const age = ageOf(refund, clocks)
  if (age.isRemembered) return sendRefund(app, practice, refund, by, minute)
  // Its key may be forgotten there, and a new one could send the money twice: it never arrived, and staff may ask anew.
  return age.isForgotten ? takeRefund(app, practice, id, { refused: true, code: 'never-arrived' }, by) : refund
}
