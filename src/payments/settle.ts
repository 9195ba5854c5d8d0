import { recordEvent } from '../audit/events.ts'
import { postToBills } from '../billing/post.ts'
import { checkLocked, selectAccountLock } from '../identity/accounts.ts'
import { type Actor, system, wholePractice } from '../kernel/actor.ts'
import type { PaymentId, PracticeId } from '../kernel/ids.ts'
import { type Cents, leastCents, sumCents } from '../kernel/money.ts'
import { assert } from '../kernel/refusal.ts'
import { type CreditOf, getPaymentBalances, selectCredit } from '../ledger/balances.ts'
import { credit, debit, recordEntry } from '../ledger/entries.ts'
import type { App } from '../platform/app.ts'
import { batch, rows, type Tx, transact } from '../platform/database.ts'
import { type About, aboutFrom, selectAbout, todayAt } from '../practice/about.ts'
import type { AttemptState, PaymentsApp } from '../processor/processor.ts'
import { recordMethod } from './methods.ts'
import {
  isUnderWay,
  type Payment,
  type PaymentChange,
  selectAccountOf,
  selectPaymentLock,
  tendered,
  updatePayment,
} from './payments.ts'
import { releaseCredit, releaseReservations, selectCreditReservedBy, selectReservedShares } from './reservations.ts'
import { reserveAgain } from './reserve.ts'

/**
 * The one way a card payment becomes received (reliability 5): called by request, worker, webhook and reconcile alike and
 * safe to repeat. In one transaction: the state, the ledger entry, the posting where the practice posts by itself, the card
 * kept, the event. A payment given up before still settles when the processor shows it succeeded; what bills no longer need is credit.
 */
export async function settlePayment(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  attempt: AttemptState,
  by: string,
): Promise<Payment> {
  assert(attempt.status === 'succeeded', 'only what the processor shows as succeeded settles')
  const actor = system(practice, by)
  const settled = await transact(app.db, wholePractice(practice), async tx => {
    const { payment, about } = await lockForMoney(tx, practice, id)
    if (payment.status === 'succeeded') return payment
    assertSameCharge(payment, practice, attempt)
    // Given up before, it freed what it reserved: it takes what is still open, and the rest will be credit.
    if (!isUnderWay(payment)) await reserveAgain(tx, practice, payment, tendered(payment))
    const received = await recordReceipt(app, tx, actor, payment, about, {
      made: payment.made ?? attempt.attempt,
      ...(attempt.intent ? { intent: attempt.intent } : {}),
      actionUrl: null,
      ...(attempt.card ? { card: attempt.card } : {}),
    })
    await keepCard(app, tx, actor, payment, attempt)
    app.failpoint('settle.before-commit')
    return received
  })
  app.failpoint('settle.after-commit')
  return settled
}

/** Locks a payment's household, then the payment, as every verb does that moves money; with what the practice decided. */
export async function lockForMoney(
  tx: Tx,
  practice: PracticeId,
  id: PaymentId,
): Promise<{ payment: Payment; about: About }> {
  const account = selectAccountOf(practice, id)
  const [locked, [payment], abouts] = await batch(tx, [
    selectAccountLock(practice, account),
    selectPaymentLock(practice, id),
    selectAbout(practice),
  ])
  checkLocked(locked)
  assert(payment, 'a payment that is settled exists')
  return { payment, about: aboutFrom(abouts) }
}

/**
 * Marks a locked payment received and enters it: processor clearing, or cash and cheque, plus the credit it uses, against
 * unposted payments; then posts it where the practice posts by itself.
 */
export async function recordReceipt(
  app: App,
  tx: Tx,
  actor: Actor,
  payment: Payment,
  about: About,
  learned: PaymentChange = {},
): Promise<Payment> {
  const { practice } = actor
  const now = app.now()
  const used = payment.creditUsed > 0n ? await readCreditUsed(tx, practice, payment) : []
  const money = tendered(payment)
  const creditUsed = sumCents(used.map(part => part.cents))
  const amount = money + creditUsed
  const posts = about.settings.posting === 'auto' || payment.methodKind === 'credit'
  await updatePayment(tx, practice, payment.id, {
    ...learned,
    status: 'succeeded',
    receivedAt: now,
    ...(posts ? { postedAt: now } : {}),
    finishedAt: 'now',
    amount,
    creditUsed,
    failureCode: null,
    checkIn: null,
  })
  const of = { account: payment.account, payment: payment.id }
  await recordEntry(tx, actor, {
    kind: 'success',
    source: payment.id,
    currency: payment.currency,
    occurredOn: todayAt(app, about),
    lines: [
      debit(payment.methodKind === 'card' ? 'processor-clearing' : 'cash-and-cheque', money, of),
      ...used.map(part => debit('unapplied-credit', part.cents, { account: payment.account, payment: part.payment })),
      credit('unposted-payments', amount, of),
    ],
  })
  if (payment.creditUsed > 0n) await releaseCredit(tx, practice, payment.id)
  await recordEvent(app, tx, actor, {
    type: 'payment.succeeded',
    subject: payment.id,
    account: payment.account,
  })
  const received: Payment = { ...payment, status: 'succeeded', amount, creditUsed, receivedAt: now }
  if (!posts) return received
  await giveToBills(app, tx, actor, received, { cents: amount, occurredOn: todayAt(app, about) })
  return { ...received, postedAt: now }
}

/** The credit a payment counts on. Given up meanwhile, it was freed; taken away by a dispute, it is less: then what is left counts. */
async function readCreditUsed(tx: Tx, practice: PracticeId, payment: Payment): Promise<CreditOf[]> {
  const [reserved, left] = await batch(tx, [
    selectCreditReservedBy(practice, payment.id),
    selectCredit(practice, payment.account),
  ])
  return stillThere(reserved, left)
}

function stillThere(reserved: readonly CreditOf[], credit: readonly CreditOf[]): CreditOf[] {
  const left = new Map(credit.map(each => [each.payment, each.cents]))
  return reserved
    .map(each => ({ ...each, cents: leastCents(each.cents, left.get(each.payment) ?? 0n) }))
    .filter(each => each.cents > 0n)
}

/** Gives a received, unposted payment to the bills it reserved; what they do not need becomes credit. */
export async function recordPosting(app: App, tx: Tx, actor: Actor, payment: Payment, about: About): Promise<Payment> {
  const { practice } = actor
  assert(
    payment.status === 'succeeded' && payment.postedAt === null,
    'what is posted was received and is not posted yet',
  )
  const { unposted: cents } = await getPaymentBalances(tx, practice, payment.id)
  const now = app.now()
  await updatePayment(tx, practice, payment.id, { postedAt: now })
  await giveToBills(app, tx, actor, payment, { cents, occurredOn: todayAt(app, about) })
  return { ...payment, postedAt: now }
}

/** Gives what is unposted of a payment to the lines it reserved. */
async function giveToBills(
  app: App,
  tx: Tx,
  actor: Actor,
  { account, currency, id: payment }: Payment,
  { cents, occurredOn }: { cents: Cents; occurredOn: Temporal.PlainDate },
): Promise<void> {
  const { practice } = actor
  const shares = await rows(tx, selectReservedShares(practice, payment))
  if (cents > 0n) await postToBills(tx, actor, { account, payment, currency, occurredOn, cents, shares })
  await releaseReservations(tx, practice, payment)
  await recordEvent(app, tx, actor, { type: 'payment.posted', subject: payment, account })
}

async function keepCard(app: App, tx: Tx, actor: Actor, payment: Payment, { card }: AttemptState): Promise<void> {
  if (payment.keep === 'no' || !card?.customer || !payment.connection) return
  const kept = await recordMethod(tx, actor.practice, {
    account: payment.account,
    connection: payment.connection,
    card,
    asDefault: payment.keep === 'default',
  })
  if (kept.made) await recordEvent(app, tx, actor, { type: 'method.saved', subject: kept.id, account: payment.account })
}

function assertSameCharge(payment: Payment, practice: PracticeId, attempt: AttemptState): void {
  assert(
    attempt.amount === tendered(payment) && attempt.currency === payment.currency,
    'the processor charged what was asked',
  )
  assert(attempt.payment === payment.id && attempt.practice === practice, 'the charge names this payment')
  const isKnown = payment.intent === null || payment.intent === attempt.intent || payment.made === attempt.attempt
  assert(attempt.intent && isKnown, 'a payment has one charge')
}
