import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PaymentId, PracticeId } from '../kernel/ids.ts'
import { paths } from '../kernel/paths.ts'
import { assert } from '../kernel/refusal.ts'
import { one, readOnce, transact } from '../platform/database.ts'
import { type Practice, selectPractice } from '../practice/practices.ts'
import { ageOf, listedSince, readClocks } from '../processor/clocks.ts'
import { type Connection, selectConnectionById } from '../processor/connections.ts'
import type { Minute } from '../processor/minute.ts'
import {
  type Answer,
  type IntentState,
  type PaymentsApp,
  type Refused,
  type SessionState,
  UNKNOWN,
} from '../processor/processor.ts'
import { giveUpPayment } from './give-up.ts'
import { findPayment, isUnderWay, type Payment, tendered, updatePayment } from './payments.ts'
import { lockForMoney, settlePayment } from './settle.ts'

const RESERVED_SECONDS = 30 * 60

/** What the processor is asked with besides the payment's own fields. */
export type Asking = { readonly connection: Connection; readonly practice: Practice }

/**
 * Sends a submitted payment to the processor, with a body built from stored fields and its own key alone, and takes the answer. A
 * sender whose minute is over sends nothing: the payment stays as it is.
 */
export async function askProcessor(
  app: PaymentsApp,
  practice: PracticeId,
  payment: Payment,
  by: string,
  { minute, asking }: { minute: Minute; asking?: Asking | undefined },
): Promise<Payment> {
  const { connection, practice: about } = asking ?? (await readForAsking(app, practice, payment))
  if (minute.isOver()) return payment
  const url = `${app.config.url}${paths.payment(about.slug, payment.id)}`
  const order = {
    key: `${payment.id}:${payment.attempt}`,
    practice,
    payment: payment.id,
    amount: tendered(payment),
    currency: payment.currency,
    customer: payment.processorCustomer,
    keep: payment.keep !== 'no',
    returnUrl: url,
  }
  if (payment.hosted) {
    const answer = await app.processor.openSession(connection.processorAccount, {
      ...order,
      cancelUrl: `${url}?back=1`,
      description: about.name,
      locale: about.locale,
    })
    app.failpoint('pay.answered')
    const find = (since: Temporal.Instant) => app.processor.findSessions(connection.processorAccount, payment.id, since)
    const told = await lookBehind(app, practice, payment, connection, answer, find)
    return 'refused' in told
      ? giveUpRefused(app, practice, payment, told, by)
      : takeSession(app, practice, payment.id, told, by)
  }
  assert(payment.processorMethod, 'a card payment that is sent names its card')
  const answer = await app.processor.charge(connection.processorAccount, { ...order, method: payment.processorMethod })
  app.failpoint('pay.answered')
  const find = (since: Temporal.Instant) => app.processor.findIntents(connection.processorAccount, payment.id, since)
  const told = await lookBehind(app, practice, payment, connection, answer, find)
  return 'refused' in told
    ? giveUpRefused(app, practice, payment, told, by)
    : takeAnswer(app, practice, payment.id, told, by)
}

/**
 * Looks behind an answer that says nothing by itself: a stored 5xx, which is replayed for ever, and a request refused as
 * impossible. What a complete listing shows of this payment is its answer; where it shows nothing, a refused one made nothing,
 * and for a replayed one the attempt rises under the lock, so that recovery asks again with a new key; never after a timeout, and
 * never while the clocks do not agree on what the listing covers (reliability 2).
 */
async function lookBehind<T extends IntentState | SessionState>(
  app: PaymentsApp,
  practice: PracticeId,
  payment: Payment,
  connection: Connection,
  answer: Answer<T>,
  find: (since: Temporal.Instant) => Promise<Answer<T[]>>,
): Promise<Answer<T>> {
  const isReplayed = 'unknown' in answer && answer.replayed
  if (!isReplayed && !('refused' in answer)) return answer
  const clocks = await readClocks(app, practice, connection)
  if (!clocks) return UNKNOWN
  const found = await find(listedSince(payment, clocks))
  if (!('value' in found)) return UNKNOWN
  const made = found.value.find(each => each.status === 'succeeded' || each.status === 'complete') ?? found.value[0]
  if (made) return { value: made }
  if (!ageOf(payment, clocks).isSure) {
    app.log.warn('a payment waits, because the clocks of the processor and of the database moved against each other', {
      practice,
      payment: payment.id,
    })
    return UNKNOWN
  }
  if (isReplayed) await raiseAttempt(app, practice, payment)
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
  const { session, intent, id } = payment
  if (!session && !intent) return payment
  const { connection } = await readForAsking(app, practice, payment)
  const at = connection.processorAccount
  if (session) return takeSession(app, practice, id, await app.processor.retrieveSession(at, session), by)
  assert(intent, 'what is not hosted has an intent')
  return takeAnswer(app, practice, id, await app.processor.retrieveIntent(at, intent), by)
}

/** What an intent's state, however it was learned, means for its payment. */
export async function takeAnswer(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  answer: Answer<IntentState>,
  by: string,
): Promise<Payment> {
  // What the processor does not find says nothing about the money: only what it shows does.
  if (!('value' in answer)) return current(app, practice, id)
  const intent = answer.value
  switch (intent.status) {
    case 'succeeded':
      return settlePayment(app, practice, id, intent, by)
    case 'processing':
      return mark(app, practice, id, 'clearing', intent)
    case 'requires_action':
      return mark(app, practice, id, 'requires_action', intent)
    case 'canceled':
      return giveUpPayment(
        app,
        practice,
        id,
        intent.declineCode ? { status: 'failed', code: intent.declineCode } : { status: 'canceled', code: 'canceled' },
        by,
      )
    case 'requires_payment_method':
      return endDeclined(app, practice, id, intent, by)
  }
}

/** What a hosted page's state means for its payment. */
export async function takeSession(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  answer: Answer<SessionState>,
  by: string,
): Promise<Payment> {
  // What the processor does not find says nothing about the money: only what it shows does.
  if (!('value' in answer)) return current(app, practice, id)
  const session = answer.value
  if (session.intent?.status === 'succeeded') return settlePayment(app, practice, id, session.intent, by)
  if (session.intent?.status === 'processing') return mark(app, practice, id, 'clearing', session.intent, session)
  if (session.status === 'expired')
    return giveUpPayment(app, practice, id, { status: 'canceled', code: session.intent?.declineCode ?? 'canceled' }, by)
  return mark(app, practice, id, 'requires_action', session.intent ?? undefined, session)
}

/** A card error ends a payment only after its intent is cancelled at the processor; until then it reserves (reliability 1). */
async function endDeclined(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  intent: IntentState,
  by: string,
): Promise<Payment> {
  const code = intent.declineCode ?? 'card_declined'
  const payment = await mark(app, practice, id, 'submitted', intent)
  if (!isUnderWay(payment)) return payment
  const { connection } = await readForAsking(app, practice, payment)
  const answer = await app.processor.cancelIntent(connection.processorAccount, intent.intent)
  if ('value' in answer && answer.value.status === 'canceled')
    return giveUpPayment(app, practice, id, { status: 'failed', code }, by)
  if ('value' in answer && answer.value.status === 'succeeded')
    return settlePayment(app, practice, id, answer.value, by)
  return payment
}

/** Remembers what the processor made for a payment that is still under way. */
async function mark(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  status: 'submitted' | 'requires_action' | 'clearing',
  intent?: IntentState,
  session?: SessionState,
): Promise<Payment> {
  return transact(app.db, wholePractice(practice), async tx => {
    const { payment } = await lockForMoney(tx, practice, id)
    if (!isUnderWay(payment)) return payment
    // What the bank has accepted asks its payer for nothing any more: this was seen earlier, and is told later.
    if (payment.status === 'clearing' && status === 'requires_action') return payment
    await updatePayment(tx, practice, id, {
      status,
      ...(intent
        ? { intent: intent.intent, actionUrl: intent.actionUrl ?? session?.url ?? null }
        : { actionUrl: session?.url ?? null }),
      ...(session ? { session: session.session } : {}),
      ...(intent?.declineCode ? { failureCode: intent.declineCode } : {}),
      ...(intent?.card ? { card: intent.card } : {}),
      checkIn: status === 'submitted' ? 5 : 60,
    })
    return (await findPayment(tx, practice, id)) ?? payment
  })
}

/** Whether the half hour is over that an attempt reserves while the payer authenticates (domain.md); by the database's clock. */
export async function reservedTooLong(app: PaymentsApp, practice: PracticeId, payment: Payment): Promise<boolean> {
  const seconds = await secondsSince(app, practice, payment)
  return seconds > RESERVED_SECONDS
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

/** The connection a payment was made on, and what its pages need of the practice. */
export async function readForAsking(app: PaymentsApp, practice: PracticeId, payment: Payment): Promise<Asking> {
  assert(payment.connection, 'a card payment has a connection')
  const [[connection], [about]] = await readOnce(app.db, wholePractice(practice), [
    selectConnectionById(practice, payment.connection),
    selectPractice(practice),
  ])
  assert(connection && about, 'a payment keeps its connection and its practice')
  return { connection, practice: about }
}
