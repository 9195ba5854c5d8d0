import { setTimeout as wait } from 'node:timers/promises'
import { wholePractice } from '../../src/kernel/actor.ts'
import type { PaymentId, PracticeId, RefundId } from '../../src/kernel/ids.ts'
import { findPayment, type Payment } from '../../src/payments/payments.ts'
import { transact } from '../../src/platform/database.ts'
import type { PaymentsApp } from '../../src/processor/processor.ts'
import { recoverPayment } from '../../src/recovery/recover.ts'
import { recoverRefund } from '../../src/recovery/recover-refund.ts'
import { findRefund, isOnItsWay, type Refund } from '../../src/returns/refunds.ts'

const PATIENCE_MS = 25_000

/** Recovers a payment until nothing is open but what its payer must do; fails when that never comes. */
export async function settledPayment(app: PaymentsApp, practice: PracticeId, id: PaymentId): Promise<Payment> {
  return until(async () => {
    const payment = await transact(app.db, wholePractice(practice), tx => findPayment(tx, practice, id))
    if (payment && payment.status !== 'created' && payment.status !== 'submitted') return payment
    await recoverPayment(app, practice, id, 'test')
    return undefined
  }, `payment ${id} is settled`)
}

/** Recovers a refund until it has ended. */
export async function settledRefund(app: PaymentsApp, practice: PracticeId, id: RefundId): Promise<Refund> {
  return until(async () => {
    const refund = await transact(app.db, wholePractice(practice), tx => findRefund(tx, practice, id))
    if (refund && !isOnItsWay(refund)) return refund
    await recoverRefund(app, practice, id, 'test')
    return undefined
  }, `refund ${id} has ended`)
}

/** Tries until there is an answer. */
export async function until<T>(attempt: () => Promise<T | undefined>, condition: string): Promise<T> {
  const end = Date.now() + PATIENCE_MS
  for (let pause = 5; ; pause = Math.min(250, pause * 2)) {
    const found = await attempt()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`It never came true that ${condition}.`)
    await wait(pause)
  }
}
