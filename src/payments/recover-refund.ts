import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId, RefundId } from '../kernel/ids.ts'
import { readOnce, transact } from '../platform/database.ts'
import { readForAsking } from './ask.ts'
import { findPayment } from './payments.ts'
import type { PaymentsApp } from './processor.ts'
import { raiseRefundAttempt, sendRefund, takeRefund } from './refund.ts'
import { findRefund, isOnItsWay, type Refund } from './refunds.ts'

const REPOST_HOURS = 23

/** Finds out what became of one refund: by its own id at the processor, by listing once keys may be forgotten, or by sending it again with its key. */
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
  if (!(await isForgotten(app, practice, id))) return sendRefund(app, practice, refund, by)
  // A complete listing shows nothing and the old key means nothing any more: it is asked anew.
  const raised = await raiseRefundAttempt(app, practice, refund)
  return raised ? sendRefund(app, practice, raised, by) : refund
}

/** Whether its key may be forgotten at the processor; by the database's clock, since a new key could send the money again. */
async function isForgotten(app: PaymentsApp, practice: PracticeId, id: RefundId): Promise<boolean> {
  const [found] = await readOnce(app.db, wholePractice(practice), [
    sql`select id from payments.refund where practice_id = ${practice} and id = ${id}
      and coalesce(submitted_at, created_at) < clock_timestamp() - make_interval(hours => ${REPOST_HOURS})`,
  ])
  return found.length > 0
}
