import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId, RefundId } from '../kernel/ids.ts'
import { readForAsking } from '../payments/ask.ts'
import { findPayment } from '../payments/payments.ts'
import { readOnce, transact } from '../platform/database.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { sendRefund, takeRefund } from '../returns/refund.ts'
import { findRefund, isOnItsWay, type Refund } from '../returns/refunds.ts'

const REPOST_HOURS = 23
const FORGOTTEN_HOURS = 24

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
  if (!refund || !payment?.intent || !isOnItsWay(refund)) return refund
  const { connection } = await readForAsking(app, practice, payment)
  const at = connection.processorAccount
  if (refund.processorRefund)
    return takeRefund(app, practice, id, await app.processor.retrieveRefund(at, refund.processorRefund), by)
  const found = await app.processor.findRefunds(at, payment.intent)
  if (!('value' in found)) return refund
  const ours = found.value.find(each => each.ours === id)
  if (ours) return takeRefund(app, practice, id, { value: ours }, by)
  // One that was never sent cannot have arrived, however long nobody was there to send it.
  const hours = refund.status === 'created' ? 0 : await hoursSince(app, practice, id)
  if (hours < REPOST_HOURS) return sendRefund(app, practice, refund, by)
  // Its key may be forgotten there, and a new one could send the money twice: it never arrived, and staff may ask anew.
  return hours < FORGOTTEN_HOURS ? refund : takeRefund(app, practice, id, { refused: true, code: 'never-arrived' }, by)
}

/** Hours since a refund was sent; by the database's clock. */
async function hoursSince(app: PaymentsApp, practice: PracticeId, id: RefundId): Promise<number> {
  const [[found]] = await readOnce(app.db, wholePractice(practice), [
    sql<{
      hours: number
    }>`select extract(epoch from clock_timestamp() - coalesce(submitted_at, created_at))::float8 / 3600 as hours from payments.refund
      where practice_id = ${practice} and id = ${id}`,
  ])
  return found?.hours ?? 0
}
