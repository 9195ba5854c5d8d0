import { recordEvent } from '../audit/events.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import type { PaymentId, PracticeId } from '../kernel/ids.ts'
import { transact } from '../platform/database.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { isUnderWay, type Payment, type PaymentStatus, updatePayment } from './payments.ts'
import { releaseCredit, releaseReservations } from './reservations.ts'
import { lockForMoney } from './settle.ts'

/**
 * Ends a payment without money and frees what it reserved: `failed` with the decline's code, `canceled` when nobody
 * finished it. Only after the processor shows its intent cancelled or its page expired, or after a complete listing shows
 * nothing (reliability 1). A payment that ended otherwise
 * meanwhile, or is no longer what `from` says, is returned as it is. Records payment.failed or payment.canceled.
 */
export async function giveUpPayment(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  end: { status: 'failed' | 'canceled'; code: string; from?: PaymentStatus },
  by: string,
): Promise<Payment> {
  const ended = await transact(app.db, wholePractice(practice), async tx => {
    const { payment } = await lockForMoney(tx, practice, id)
    if (!isUnderWay(payment) || (end.from && payment.status !== end.from)) return payment
    await updatePayment(tx, practice, id, {
      status: end.status,
      failureCode: end.code,
      finishedAt: 'now',
      actionUrl: null,
      checkIn: null,
    })
    await releaseReservations(tx, practice, id)
    await releaseCredit(tx, practice, id)
    await recordEvent(app, tx, system(practice, by), {
      type: end.status === 'failed' ? 'payment.failed' : 'payment.canceled',
      subject: id,
      account: payment.account,
      data: { code: end.code },
    })
    return { ...payment, status: end.status, failureCode: end.code, actionUrl: null }
  })
  app.failpoint('pay.failed')
  return ended
}
