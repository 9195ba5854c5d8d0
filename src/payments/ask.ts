import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PaymentId, PracticeId } from '../kernel/ids.ts'
import { assert } from '../kernel/refusal.ts'
import { one, readOnce, transact } from '../platform/database.ts'
import { getAbout } from '../practice/about.ts'
import { ageOf, listedSince, readClocks } from '../processor/clocks.ts'
import { type Connection, selectConnectionById } from '../processor/connections.ts'
import { findAttempts } from '../processor/find-attempts.ts'
import type { Minute } from '../processor/minute.ts'
import { type Answer, type AttemptState, type PaymentsApp, type Refused, UNKNOWN } from '../processor/processor.ts'
import { giveUpPayment } from './give-up.ts'
import { findPayment, isUnderWay, type Payment, tendered, updatePayment } from './payments.ts'
import { lockForMoney, settlePayment } from './settle.ts'

/**
 * Sends a submitted payment to the processor, with a body built from stored fields and its own key alone, and takes the answer. A
 * sender whose minute is over sends nothing: the payment stays as it is.
 */
export async function askProcessor(
  app: PaymentsApp,
  practice: PracticeId,
  payment: Payment,
  by: string,
  { minute, connection }: { minute: Minute; connection: Connection },
): Promise<Payment> {
  const { asked } = payment
  assert(asked, 'a payment that is sent was kept with what it is sent with')
  if (minute.isOver()) return payment
  const answer = await app.processor.start(connection.processorAccount, {
    ...asked,
    key: `${payment.id}:${payment.attempt}`,
    practice,
    payment: payment.id,
    amount: tendered(payment),
    currency: payment.currency,
    method: payment.processorMethod,
    customer: payment.processorCustomer,
    keep: payment.keep !== 'no',
  })
  app.failpoint('pay.answered')
  const told = await lookBehind(app, practice, payment, connection, answer)
  return 'refused' in told
    ? giveUpRefused(app, practice, payment, told, by)
    : takeAttempt(app, practice, payment.id, told, by)
}

/**
 * Looks behind an answer that says nothing by itself: a stored 5xx, which is replayed for ever, a key that had another body, and a
 * request refused as impossible. What a complete listing shows of this payment is its answer; where it shows nothing, a refused one
 * made nothing, and for a replayed one the attempt rises under the lock, so that recovery asks again with a new key; never after a
 * timeout, and never while the clocks do not agree on what the listing covers (reliability 2).
 */
async function lookBehind(
  app: PaymentsApp,
  practice: PracticeId,
  payment: Payment,
  connection: Connection,
  answer: Answer<AttemptState>,
): Promise<Answer<AttemptState>> {
  if ('value' in answer || ('unknown' in answer && answer.unknown === 'silent')) return answer
  const clocks = await readClocks(app, practice, connection)
  if (!clocks) return UNKNOWN
  const found = await findAttempts(app, connection, [payment.id], listedSince(payment, clocks))
  if (!found) return UNKNOWN
  const made = found.get(payment.id)
  if (made) return { value: made }
  if (!ageOf(payment, clocks).isSure) {
    app.log.warn('a payment waits, because the clocks of the processor and of the database moved against each other', {
      practice,
      payment: payment.id,
    })
    return UNKNOWN
  }
  if ('unknown' in answer && answer.unknown === 'replayed') await raiseAttempt(app, practice, payment)
  return answer
}

function giveUpRefused(
  app: PaymentsApp,
  practice: PracticeId,
  payment: Payment,
  { code }: Refused,
  by: string,
): Promise<Payment> {
  return giveUpPayment(app, practice, payment.id, { status: 'failed', code }, by)
}

async function raiseAttempt(app: PaymentsApp, practice: PracticeId, payment: Payment): Promise<void> {
  await transact(app.db, wholePractice(practice), async tx => {
    const { payment: locked } = await lockForMoney(tx, practice, payment.id)
    if (locked.status !== 'submitted' || locked.attempt !== payment.attempt) return
    await updatePayment(tx, practice, payment.id, { attempt: payment.attempt + 1, checkIn: 1 })
  })
}

/** Looks at what the processor made for a payment, and takes what it shows; a payment of which nothing is known there stays as it is. */
export async function lookAt(app: PaymentsApp, practice: PracticeId, payment: Payment, by: string): Promise<Payment> {
  if (!payment.made) return payment
  const { processorAccount } = await connectionOf(app, practice, payment)
  return takeAttempt(app, practice, payment.id, await app.processor.look(processorAccount, payment.made), by)
}

/** What an attempt's state, however it was learned, means for its payment. */
export async function takeAttempt(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  answer: Answer<AttemptState>,
  by: string,
): Promise<Payment> {
  // What the processor does not find says nothing about the money: only what it shows does.
  if (!('value' in answer)) return current(app, practice, id)
  const attempt = answer.value
  switch (attempt.status) {
    case 'succeeded':
      return settlePayment(app, practice, id, attempt, by)
    case 'clearing':
      return mark(app, practice, id, 'clearing', attempt)
    case 'waiting':
      return mark(app, practice, id, 'requires_action', attempt)
    case 'declined':
      return endDeclined(app, practice, id, attempt, by)
    case 'canceled': {
      const { declineCode: code } = attempt
      const end = code ? { status: 'failed' as const, code } : { status: 'canceled' as const, code: 'canceled' }
      return giveUpPayment(app, practice, id, end, by)
    }
  }
}

/** A card error ends a payment only after its attempt is cancelled at the processor; until then it reserves (reliability 1). */
async function endDeclined(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  attempt: AttemptState,
  by: string,
): Promise<Payment> {
  const code = attempt.declineCode ?? 'card_declined'
  const payment = await mark(app, practice, id, 'submitted', attempt)
  if (!isUnderWay(payment)) return payment
  const { processorAccount } = await connectionOf(app, practice, payment)
  const answer = await app.processor.cancel(processorAccount, attempt.attempt)
  if (!('value' in answer)) return payment
  if (answer.value.status === 'canceled') return giveUpPayment(app, practice, id, { status: 'failed', code }, by)
  return answer.value.status === 'succeeded' ? settlePayment(app, practice, id, answer.value, by) : payment
}

/** Remembers what the processor made for a payment that is still under way. */
async function mark(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  status: 'submitted' | 'requires_action' | 'clearing',
  { attempt, intent, actionUrl, declineCode, card }: AttemptState,
): Promise<Payment> {
  return transact(app.db, wholePractice(practice), async tx => {
    const { payment } = await lockForMoney(tx, practice, id)
    if (!isUnderWay(payment)) return payment
    // What the bank has accepted asks its payer for nothing any more: this was seen earlier, and is told later.
    if (payment.status === 'clearing' && status === 'requires_action') return payment
    await updatePayment(tx, practice, id, {
      status,
      // A part of what was asked for, listed by itself, is not what was asked for.
      made: payment.made ?? attempt,
      ...(intent ? { intent } : {}),
      actionUrl,
      ...(declineCode ? { failureCode: declineCode } : {}),
      ...(card ? { card } : {}),
      checkIn: status === 'submitted' ? 5 : status === 'clearing' ? 30 * 60 : 60,
    })
    return (await findPayment(tx, practice, id)) ?? payment
  })
}

/** Whether the time is over that an attempt reserves while it waits for its payer, as the practice sets it (domain.md); by the database's clock. */
export async function reservedTooLong(app: PaymentsApp, practice: PracticeId, payment: Payment): Promise<boolean> {
  const { settings } = await transact(app.db, wholePractice(practice), tx => getAbout(tx, practice))
  return (await secondsSince(app, practice, payment)) > settings.reservationMinutes * 60
}

/** Seconds since a payment was sent, or made where it was not sent yet; by the database's clock. */
export async function secondsSince(app: PaymentsApp, practice: PracticeId, payment: Payment): Promise<number> {
  const found = await transact(app.db, wholePractice(practice), tx =>
    one(
      tx,
      sql<{
        seconds: number
      }>`select extract(epoch from clock_timestamp() - coalesce(submitted_at, made_at))::float8 as seconds from payments.payment
        where practice_id = ${practice} and id = ${payment.id}`,
    ),
  )
  return found.seconds
}

async function current(app: PaymentsApp, practice: PracticeId, id: PaymentId): Promise<Payment> {
  const payment = await transact(app.db, wholePractice(practice), tx => findPayment(tx, practice, id))
  assert(payment, 'a payment that was sent exists')
  return payment
}

/** The connection a payment was made on. */
export async function connectionOf(app: PaymentsApp, practice: PracticeId, payment: Payment): Promise<Connection> {
  assert(payment.connection, 'a card payment has a connection')
  const [[connection]] = await readOnce(app.db, wholePractice(practice), [
    selectConnectionById(practice, payment.connection),
  ])
  assert(connection, 'a payment keeps its connection')
  return connection
}
