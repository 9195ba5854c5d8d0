import { system, wholePractice } from '../kernel/actor.ts'
import type { PracticeId, RefundId } from '../kernel/ids.ts'
import { assert } from '../kernel/refusal.ts'
import { connectionOf } from '../payments/ask.ts'
import { lockForMoney } from '../payments/settle.ts'
import { transact } from '../platform/database.ts'
import { ageOf, readClocks } from '../processor/clocks.ts'
import type { Connection } from '../processor/connections.ts'
import { startMinute } from '../processor/minute.ts'
import { type Answer, type PaymentsApp, type RefundState, UNKNOWN } from '../processor/processor.ts'
import { endRefund } from './end-refund.ts'
import { findRefund, isOnItsWay, lockRefund, type Refund, updateRefund } from './refunds.ts'

/**
 * Sends a refund to the processor with its own key, and takes the answer; also how recovery sends it again, within its minute. One
 * that has ended is returned as it is.
 */
export async function sendRefund(
  app: PaymentsApp,
  practice: PracticeId,
  refund: Refund,
  by: string,
  minute = startMinute(),
): Promise<Refund> {
  const { locked, payment } = await transact(app.db, wholePractice(practice), async tx => {
    const { payment } = await lockForMoney(tx, practice, refund.payment)
    const known = await lockRefund(tx, practice, refund.id)
    assert(known, 'a refund stays')
    if (!isOnItsWay(known)) return { locked: known, payment }
    await updateRefund(tx, practice, refund.id, { status: 'submitted', checkIn: 12 })
    return { locked: (await findRefund(tx, practice, refund.id)) ?? known, payment }
  })
  if (!isOnItsWay(locked)) return locked
  app.failpoint('refund.submitted')
  assert(payment.intent, 'a refund to a card names its charge')
  const connection = await connectionOf(app, practice, payment)
  if (minute.isOver()) return locked
  const answer = await app.processor.refund(connection.processorAccount, {
    key: `${locked.id}:${locked.attempt}`,
    practice,
    refund: locked.id,
    payment: payment.id,
    intent: payment.intent,
    amount: locked.amount,
  })
  app.failpoint('refund.answered')
  const find = () => app.processor.findRefunds(connection.processorAccount, payment.intent ?? '')
  return takeRefund(app, practice, locked.id, await lookBehind(app, practice, locked, connection, answer, find), by)
}

/** Looks behind an answer that says nothing by itself, as for payments (reliability 2): a stored 5xx, and a request refused as impossible; nothing shown proves nothing while the clocks do not agree. */
async function lookBehind(
  app: PaymentsApp,
  practice: PracticeId,
  refund: Refund,
  connection: Connection,
  answer: Answer<RefundState>,
  find: () => Promise<Answer<RefundState[]>>,
): Promise<Answer<RefundState>> {
  if ('value' in answer || ('unknown' in answer && answer.unknown === 'silent')) return answer
  const found = await find()
  if (!('value' in found)) return UNKNOWN
  const made = found.value.find(each => each.ours === refund.id)
  if (made) return { value: made }
  const clocks = await readClocks(app, practice, connection)
  if (!clocks || !ageOf(refund, clocks).isSure) {
    app.log.warn('a refund waits, because the clocks of the processor and of the database moved against each other', {
      practice,
      refund: refund.id,
    })
    return UNKNOWN
  }
  if ('unknown' in answer && answer.unknown === 'replayed') await raiseAttempt(app, practice, refund)
  return answer
}

/** A key that says no more, where a complete listing shows nothing: the attempt rises once, however many saw it. */
async function raiseAttempt(app: PaymentsApp, practice: PracticeId, refund: Refund): Promise<void> {
  await transact(app.db, wholePractice(practice), async tx => {
    await lockForMoney(tx, practice, refund.payment)
    const locked = await lockRefund(tx, practice, refund.id)
    if (!locked || !isOnItsWay(locked) || locked.attempt !== refund.attempt) return
    await updateRefund(tx, practice, refund.id, { status: 'submitted', attempt: refund.attempt + 1, checkIn: 1 })
  })
}

/** What the processor's answer means for a refund; safe to repeat. Unknown leaves it submitted, to be looked at again. */
export async function takeRefund(
  app: PaymentsApp,
  practice: PracticeId,
  id: RefundId,
  answer: Answer<RefundState>,
  by: string,
): Promise<Refund> {
  return transact(app.db, wholePractice(practice), async tx => {
    const seen = await findRefund(tx, practice, id)
    assert(seen, 'a refund that was sent exists')
    const { payment, about } = await lockForMoney(tx, practice, seen.payment)
    const refund = await lockRefund(tx, practice, id)
    assert(refund, 'a refund stays')
    if ('unknown' in answer || refund.status === 'failed' || refund.status === 'succeeded') {
      if (refund.status === 'succeeded' && 'value' in answer && answer.value.status === 'failed')
        await endRefund(app, tx, system(practice, by), { payment, about }, id, 'failed', answer.value.refund)
      return refund
    }
    // What the processor has shown before is not refused because it cannot be read now.
    if ('refused' in answer && refund.processorRefund) return refund
    const state: Pick<RefundState, 'refund' | 'status'> =
      'value' in answer ? answer.value : { refund: '', status: 'failed' }
    if (state.status === 'pending')
      await updateRefund(tx, practice, id, { status: 'submitted', processorRefund: state.refund, checkIn: 300 })
    else await endRefund(app, tx, system(practice, by), { payment, about }, id, state.status, state.refund || null)
    return (await findRefund(tx, practice, id)) ?? refund
  })
}
