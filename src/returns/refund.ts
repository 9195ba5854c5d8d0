import { actorName, recordEvent } from '../audit/events.ts'
import { type StaffActor, type SystemActor, system, wholePractice } from '../kernel/actor.ts'
import type { PaymentId, PracticeId, RefundId } from '../kernel/ids.ts'
import { type Cents, sumCents } from '../kernel/money.ts'
import { assert, Refusal } from '../kernel/refusal.ts'
import { getPaymentBalances } from '../ledger/balances.ts'
import { credit, debit, recordEntry } from '../ledger/entries.ts'
import { connectionOf } from '../payments/ask.ts'
import { findPayment, type Payment, tendered } from '../payments/payments.ts'
import { selectReservedCredit } from '../payments/reservations.ts'
import { lockForMoney, recordPosting } from '../payments/settle.ts'
import { rows, type Tx, transact } from '../platform/database.ts'
import { type About, todayAt } from '../practice/about.ts'
import { ageOf, readClocks } from '../processor/clocks.ts'
import type { Connection } from '../processor/connections.ts'
import { startMinute } from '../processor/minute.ts'
import { type Answer, type PaymentsApp, type RefundState, UNKNOWN } from '../processor/processor.ts'
import { selectDisputes } from './disputes.ts'
import {
  findRefund,
  insertRefund,
  isOnItsWay,
  lockRefund,
  type Refund,
  selectRefunds,
  updateRefund,
} from './refunds.ts'
import { reverseAsked } from './reverse-refund.ts'
import { planUnwinding, recordReversals } from './unwind.ts'

export type RefundOrder = {
  /** Minted with the form. */
  readonly refund: RefundId
  readonly payment: PaymentId
  readonly amount: Cents
  /** Whether the bills it paid are owed again. */
  readonly reopens: boolean
  readonly reason: string
}

/**
 * Sends back part or all of what a payment's card or the desk received; staff may. The books say so at once (refunds payable)
 * and again when the processor has done it; cash is handed over at once. Refuses `refund.tooMuch` (with the most),
 * `refund.notPaid`, `refund.notPosted` (for bills that should stay settled), `refund.differs`, `payment.absent`. Records refund.asked, then refund.succeeded or refund.failed.
 */
export async function refundPayment(
  app: PaymentsApp,
  actor: StaffActor | SystemActor,
  order: RefundOrder,
): Promise<Refund> {
  const asked = await askRefund(app, actor, order)
  app.failpoint('refund.created')
  if (asked.status !== 'created') return asked
  return sendRefund(app, actor.practice, asked, 'request')
}

async function askRefund(app: PaymentsApp, actor: StaffActor | SystemActor, order: RefundOrder): Promise<Refund> {
  const { practice } = actor
  return transact(app.db, wholePractice(practice), async tx => {
    if (!(await findPayment(tx, practice, order.payment))) throw new Refusal('absent', 'payment.absent')
    const { payment, about } = await lockForMoney(tx, practice, order.payment)
    const known = await findRefund(tx, practice, order.refund)
    if (known) return sameRefund(known, order)
    const most = await refundable(tx, practice, payment)
    if (most === 0n) throw new Refusal('invalid', 'refund.notPaid')
    if (order.amount <= 0n || order.amount > most) throw new Refusal('invalid', 'refund.tooMuch', { most }, 'amount')
    // No bill has got it yet, so there is none that could stay settled.
    if (!payment.postedAt && !order.reopens) throw new Refusal('invalid', 'refund.notPosted', {}, 'reopens')
    await insertRefund(tx, practice, { ...order, id: order.refund, account: payment.account, actor: actorName(actor) })
    const unwinding = await planUnwinding(tx, practice, payment, order.amount, order.reopens)
    assert(unwinding.beyond === 0n, 'no more is refunded than a payment brought')
    const entry = await recordEntry(tx, actor, {
      kind: 'refund-asked',
      source: order.refund,
      currency: payment.currency,
      occurredOn: todayAt(app, about),
      lines: [
        ...unwinding.lines,
        credit('refunds-payable', order.amount, { account: payment.account, payment: payment.id }),
      ],
    })
    await recordReversals(tx, practice, payment, entry, unwinding)
    await closeIfNothingIsLeft(app, tx, actor, { payment, about })
    await recordEvent(app, tx, actor, {
      type: 'refund.asked',
      subject: order.refund,
      account: payment.account,
      data: { payment: payment.id },
    })
    if (payment.methodKind !== 'card') await finish(app, tx, actor, { payment, about }, order.refund, 'succeeded', null)
    const refund = await findRefund(tx, practice, order.refund)
    assert(refund, 'a refund that was asked exists')
    return refund
  })
}

/** A payment that is sent back whole before staff posted it has nothing left to post: it waits for nobody. */
async function closeIfNothingIsLeft(
  app: PaymentsApp,
  tx: Tx,
  actor: StaffActor | SystemActor,
  { payment, about }: { payment: Payment; about: About },
): Promise<void> {
  if (payment.postedAt) return
  const { unposted } = await getPaymentBalances(tx, actor.practice, payment.id)
  if (unposted === 0n) await recordPosting(app, tx, actor, payment, about)
}

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
        await finish(app, tx, system(practice, by), { payment, about }, id, 'failed', answer.value.refund)
      return refund
    }
    // What the processor has shown before is not refused because it cannot be read now.
    if ('refused' in answer && refund.processorRefund) return refund
    const state: RefundState =
      'value' in answer ? answer.value : { refund: '', status: 'failed', amount: refund.amount, ours: id }
    if (state.status === 'pending')
      await updateRefund(tx, practice, id, { status: 'submitted', processorRefund: state.refund, checkIn: 300 })
    else await finish(app, tx, system(practice, by), { payment, about }, id, state.status, state.refund || null)
    return (await findRefund(tx, practice, id)) ?? refund
  })
}

/** Done: refunds payable / clearing or cash. Failed: what was asked is entered back, and the bills it left are paid again where they still need it. */
async function finish(
  app: PaymentsApp,
  tx: Tx,
  actor: StaffActor | SystemActor,
  { payment, about }: { payment: Payment; about: About },
  id: RefundId,
  status: 'succeeded' | 'failed',
  processorRefund: string | null,
): Promise<void> {
  const { practice } = actor
  const refund = await findRefund(tx, practice, id)
  assert(refund, 'a refund that ends exists')
  const of = { account: payment.account, payment: payment.id }
  const holding = payment.methodKind === 'card' ? 'processor-clearing' : 'cash-and-cheque'
  const occurredOn = todayAt(app, about)
  const wasDone = refund.status === 'succeeded'
  await updateRefund(tx, practice, id, { status, processorRefund, checkIn: null })
  if (status === 'succeeded') {
    await recordEntry(tx, actor, {
      kind: 'refund-done',
      source: id,
      currency: payment.currency,
      occurredOn,
      lines: [debit('refunds-payable', refund.amount, of), credit(holding, refund.amount, of)],
    })
  } else {
    const back = wasDone ? debit(holding, refund.amount, of) : debit('refunds-payable', refund.amount, of)
    await reverseAsked(tx, actor, { payment, refund: id, back, occurredOn })
  }
  await recordEvent(app, tx, actor, {
    type: status === 'succeeded' ? 'refund.succeeded' : 'refund.failed',
    subject: id,
    account: payment.account,
    data: { payment: payment.id },
  })
}

/**
 * What can still be sent back of a payment: what was tendered, less refunds that have not failed, lost disputes and credit that
 * payments under way count on; nothing while a dispute is open.
 */
export async function refundable(tx: Tx, practice: PracticeId, payment: Payment): Promise<Cents> {
  if (payment.status !== 'succeeded') return 0n
  const refunds = await rows(tx, selectRefunds(practice, payment.id))
  const countedOn = await rows(tx, selectReservedCredit(practice, payment.account))
  const disputes = await rows(tx, selectDisputes(practice, payment.id))
  if (disputes.some(({ status }) => status === 'open')) return 0n
  const gone = [
    ...refunds.filter(({ status }) => status !== 'failed'),
    ...disputes.filter(({ status }) => status === 'lost'),
  ].map(({ amount }) => amount)
  const used = countedOn.filter(each => each.payment === payment.id).map(each => each.cents)
  const left = tendered(payment) - sumCents(gone) - sumCents(used)
  return left > 0n ? left : 0n
}

function sameRefund(known: Refund, order: RefundOrder): Refund {
  if (known.payment !== order.payment || known.amount !== order.amount || known.reopens !== order.reopens)
    throw new Refusal('conflict', 'refund.differs')
  return known
}
