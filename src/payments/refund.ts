import { sql } from 'kysely'
import { actorName, recordEvent } from '../audit/events.ts'
import { listReversed, recordAllocations } from '../billing/allocations.ts'
import { type StaffActor, type SystemActor, system, wholePractice } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import type { PaymentId, PracticeId, RefundId } from '../kernel/ids.ts'
import { type Cents, leastCents, sumCents } from '../kernel/money.ts'
import { assert, Refusal } from '../kernel/refusal.ts'
import { credit, debit, findEntry, type Line, listEntryLines, recordEntry } from '../ledger/entries.ts'
import { maybe, one, rows, type Tx, transact } from '../platform/database.ts'
import { getPractice } from '../practice/practices.ts'
import { readForAsking } from './ask.ts'
import { getOwed } from './owed.ts'
import { findPayment, type Payment, tendered } from './payments.ts'
import type { Answer, PaymentsApp, RefundState } from './processor.ts'
import { findRefund, insertRefund, lockRefund, type Refund, selectRefunds, updateRefund } from './refunds.ts'
import { lockForMoney } from './settle.ts'
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
 * and again when the processor has done it; cash is handed over at once. Refuses `refund.too-much` (with the most),
 * `refund.nothing`, `refund.differs`, `payment.absent`. Records refund.asked, then refund.succeeded or refund.failed.
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
    const payment = await lockForMoney(tx, practice, order.payment)
    const known = await findRefund(tx, practice, order.refund)
    if (known) return sameRefund(known, order)
    const most = await refundable(tx, practice, payment)
    if (most === 0n) throw new Refusal('invalid', 'refund.nothing')
    if (order.amount <= 0n || order.amount > most) throw new Refusal('invalid', 'refund.too-much', { most }, 'amount')
    await insertRefund(tx, practice, { ...order, id: order.refund, account: payment.account, actor: actorName(actor) })
    const unwinding = await planUnwinding(tx, practice, payment, order.amount, order.reopens)
    const entry = await recordEntry(tx, actor, {
      kind: 'refund-asked',
      source: order.refund,
      currency: payment.currency,
      occurredOn: await today(app, tx, practice),
      lines: [
        ...unwinding.lines,
        credit('refunds-payable', order.amount, { account: payment.account, payment: payment.id }),
      ],
    })
    await recordReversals(tx, practice, payment, entry, unwinding)
    await recordEvent(app, tx, actor, {
      type: 'refund.asked',
      subject: order.refund,
      account: payment.account,
      data: { payment: payment.id },
    })
    if (payment.methodKind !== 'card') await finish(app, tx, actor, payment, order.refund, 'succeeded', null)
    const refund = await findRefund(tx, practice, order.refund)
    assert(refund, 'a refund that was asked exists')
    return refund
  })
}

/** Sends a refund to the processor with its own key, and takes the answer; also how recovery sends it again. */
export async function sendRefund(app: PaymentsApp, practice: PracticeId, refund: Refund, by: string): Promise<Refund> {
  const payment = await transact(app.db, wholePractice(practice), async tx => {
    const locked = await lockForMoney(tx, practice, refund.payment)
    await updateRefund(tx, practice, refund.id, { status: 'submitted', checkIn: 12 })
    return locked
  })
  app.failpoint('refund.submitted')
  assert(payment.intent, 'a refund to a card names its charge')
  const { connection } = await readForAsking(app, practice, payment)
  const answer = await app.processor.refund(connection.processorAccount, {
    key: `${refund.id}:${refund.attempt}`,
    practice,
    refund: refund.id,
    payment: payment.id,
    intent: payment.intent,
    amount: refund.amount,
  })
  app.failpoint('refund.answered')
  return takeRefund(app, practice, refund.id, answer, by)
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
    const payment = await lockForMoney(tx, practice, seen.payment)
    const refund = await lockRefund(tx, practice, id)
    assert(refund, 'a refund stays')
    if ('unknown' in answer || refund.status === 'failed' || refund.status === 'succeeded') {
      if (refund.status === 'succeeded' && 'value' in answer && answer.value.status === 'failed')
        await finish(app, tx, system(practice, by), payment, id, 'failed', answer.value.refund)
      return refund
    }
    const state: RefundState =
      'value' in answer ? answer.value : { refund: '', status: 'failed', amount: refund.amount, ours: id }
    if (state.status === 'pending')
      await updateRefund(tx, practice, id, { status: 'submitted', processorRefund: state.refund, checkIn: 300 })
    else await finish(app, tx, system(practice, by), payment, id, state.status, state.refund || null)
    return (await findRefund(tx, practice, id)) ?? refund
  })
}

/** Done: refunds payable / clearing or cash. Failed: what was asked is entered back, and the bills it left are paid again where they still need it. */
async function finish(
  app: PaymentsApp,
  tx: Tx,
  actor: StaffActor | SystemActor,
  payment: Payment,
  id: RefundId,
  status: 'succeeded' | 'failed',
  processorRefund: string | null,
): Promise<void> {
  const { practice } = actor
  const refund = await findRefund(tx, practice, id)
  assert(refund, 'a refund that ends exists')
  const of = { account: payment.account, payment: payment.id }
  const holding = payment.methodKind === 'card' ? 'processor-clearing' : 'cash-and-cheque'
  const occurredOn = await today(app, tx, practice)
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
    await reverseAsked(tx, actor, payment, id, back, occurredOn)
  }
  await recordEvent(app, tx, actor, {
    type: status === 'succeeded' ? 'refund.succeeded' : 'refund.failed',
    subject: id,
    account: payment.account,
    data: { payment: payment.id },
    announce: true,
  })
}

/** Enters back what was asked: the bills it left are paid again as far as they still need it, the rest is credit. */
async function reverseAsked(
  tx: Tx,
  actor: StaffActor | SystemActor,
  payment: Payment,
  id: RefundId,
  back: Line,
  occurredOn: Temporal.PlainDate,
): Promise<void> {
  const { practice } = actor
  const { account } = payment
  const asked = await findEntry(tx, practice, 'refund-asked', id)
  assert(asked, 'a refund that failed was asked')
  const taken = await listEntryLines(tx, practice, asked.id)
  const reversed = await listReversed(tx, practice, asked.id)
  const open = new Map((await getOwed(tx, practice, account)).lines.map(line => [line.line, line.open]))
  const shares = reversed
    .map(share => ({ ...share, cents: leastCents(-share.cents, open.get(share.line) ?? 0n) }))
    .filter(share => share.cents > 0n)
  const paidAgain = sumCents(shares.map(share => share.cents))
  const reopened = sumCents(taken.filter(line => line.ledgerAccount === 'receivable').map(line => line.cents))
  const entry = await recordEntry(tx, actor, {
    kind: 'refund-failed',
    source: id,
    corrects: asked.id,
    currency: payment.currency,
    occurredOn,
    lines: [
      back,
      ...taken
        .filter(line => line.cents > 0n && line.ledgerAccount !== 'receivable')
        .map(line => ({ ...line, cents: -line.cents })),
      ...shares.map(share => credit('receivable', share.cents, { account, patient: share.patient })),
      credit('unapplied-credit', reopened - paidAgain, { account, payment: payment.id }),
    ],
  })
  for (const [of, parts] of Map.groupBy(shares, share => share.payment ?? payment.id))
    await recordAllocations(tx, practice, { account, entry, payment: of, shares: parts })
}

/** What can still be sent back of a payment: what was tendered, less refunds that have not failed, and nothing while it is disputed. */
export async function refundable(tx: Tx, practice: PracticeId, payment: Payment): Promise<Cents> {
  if (payment.status !== 'succeeded') return 0n
  const refunds = await rows(tx, selectRefunds(practice, payment.id))
  const disputed = await maybe(
    tx,
    sql`select id from payments.dispute where practice_id = ${practice} and payment_id = ${payment.id} and status <> 'won' limit 1`,
  )
  const left =
    tendered(payment) - sumCents(refunds.filter(refund => refund.status !== 'failed').map(refund => refund.amount))
  return disputed ? 0n : leastCents(left, tendered(payment))
}

function sameRefund(known: Refund, order: RefundOrder): Refund {
  if (known.payment !== order.payment || known.amount !== order.amount || known.reopens !== order.reopens)
    throw new Refusal('conflict', 'refund.differs')
  return known
}

async function today(app: PaymentsApp, tx: Tx, practice: PracticeId): Promise<Temporal.PlainDate> {
  return dayIn((await getPractice(tx, practice)).timeZone, app.now())
}

/** How many refunds of a practice are not done yet. */
export async function countOpenRefunds(tx: Tx, practice: PracticeId): Promise<bigint> {
  return (
    await one(
      tx,
      sql<{
        n: bigint
      }>`select count(*) as n from payments.refund where practice_id = ${practice} and status in ('created', 'submitted')`,
    )
  ).n
}
