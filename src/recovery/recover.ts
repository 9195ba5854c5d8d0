import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PaymentId, PracticeId, RefundId } from '../kernel/ids.ts'
import { askProcessor, connectionOf, lookAt, reservedTooLong, secondsSince } from '../payments/ask.ts'
import { cancelAtProcessor } from '../payments/cancel.ts'
import { detachMethod, nextDetaching } from '../payments/detach.ts'
import { giveUpPayment } from '../payments/give-up.ts'
import { findPayment, type Payment } from '../payments/payments.ts'
import { rows, transact } from '../platform/database.ts'
import { ageOf, readClocks } from '../processor/clocks.ts'
import { startMinute } from '../processor/minute.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { inLanes, whileDue } from './lanes.ts'
import { recoverRefund } from './recover-refund.ts'
import { IS_SOUGHT, seekByListing, show, takeShown } from './seek.ts'

/** Practices with payments, refunds or removed cards whose next look is due; the sweep then works inside one practice a transaction. */
export async function listPracticesDue(app: PaymentsApp): Promise<PracticeId[]> {
  const { rows } = await sql<{ practice: PracticeId }>`select payments.practices_due() as practice`.execute(
    app.db.kysely,
  )
  return rows.map(row => row.practice)
}

/**
 * What recovery looks after. `isUnknown`: the money may have moved and nobody knows, so it is never long until the next look.
 * `isLeft`: its sender still has its minute, and would find it taken away; or it is sought by listing.
 */
const SOUGHT = {
  payment: {
    table: sql`payments.payment`,
    isUnknown: sql`status = 'submitted'`,
    isLeft: sql`(status = 'created' and check_at > clock_timestamp()) or ${IS_SOUGHT}`,
  },
  refund: {
    table: sql`payments.refund`,
    isUnknown: sql`status = 'submitted' and processor_refund is null`,
    isLeft: sql`false`,
  },
} as const

type Recovery = {
  /** Everything unsettled once, due or not. */
  readonly all?: boolean
  readonly by?: string
  /** Asked before each look; a worker that stops begins no more. */
  readonly isWanted?: () => boolean
}

/**
 * Looks again at a practice's payments, refunds and removed cards that are due, leased so that several workers share them; answers how
 * many it looked at. Nobody has to do anything after a crash: this is why.
 */
export async function recoverPractice(
  app: PaymentsApp,
  practice: PracticeId,
  { all = false, by = 'recovery', isWanted = () => true }: Recovery = {},
): Promise<number> {
  const sought = <Id>(kind: keyof typeof SOUGHT) =>
    due(all, isWanted, most => lease<Id>(app, practice, SOUGHT[kind], most))
  const options = { all, by, isWanted }
  const forgotten = await seekByListing(app, practice, 'forgotten', options)
  const clearing = await seekByListing(app, practice, 'clearing', options)
  const payments = await inLanes(sought<PaymentId>('payment'), id =>
    guarded(app, { payment: id }, () => recoverPayment(app, practice, id, by)),
  )
  const refunds = await inLanes(sought<RefundId>('refund'), id =>
    guarded(app, { refund: id }, () => recoverRefund(app, practice, id, by)),
  )
  const cards = await inLanes(
    whileDue(isWanted, () => nextDetaching(app, practice)),
    card => guarded(app, {}, () => detachMethod(app, practice, card)),
  )
  return forgotten + clearing + payments + refunds + cards
}

/** Finds out what became of one payment, from the processor, and does what that means. */
export async function recoverPayment(
  app: PaymentsApp,
  practice: PracticeId,
  id: PaymentId,
  by: string,
): Promise<Payment | undefined> {
  const payment = await transact(app.db, wholePractice(practice), tx => findPayment(tx, practice, id))
  switch (payment?.status) {
    case 'created':
      // Never marked submitted, so never sent; and a sender that comes too late sends nothing (reliability 2).
      return (await secondsSince(app, practice, payment)) > 60
        ? giveUpPayment(app, practice, id, { status: 'canceled', code: 'not-sent', from: 'created' }, by)
        : payment
    case 'submitted':
      return payment.made ? lookAt(app, practice, payment, by) : resend(app, practice, payment, by)
    case 'requires_action':
      return lookAtAction(app, practice, payment, by)
    case 'clearing':
      return lookAt(app, practice, payment, by)
    default:
      return payment
  }
}

/**
 * The same key and the same body again; after 23 hours keys may be forgotten, so the payment is looked up by listing instead. How
 * old it is neither clock tells alone; while the processor does not tell its own, nothing is done.
 */
async function resend(app: PaymentsApp, practice: PracticeId, payment: Payment, by: string): Promise<Payment> {
  const minute = startMinute()
  const connection = await connectionOf(app, practice, payment)
  const clocks = await readClocks(app, practice, connection)
  if (!clocks) return payment
  const isRemembered = ageOf(payment, clocks).isRemembered && payment.asked !== null
  if (isRemembered) return askProcessor(app, practice, payment, by, { minute, connection })
  const shown = await show(app, practice, [payment])
  return shown ? takeShown(app, practice, payment, shown, by) : payment
}

async function lookAtAction(
  app: PaymentsApp,
  practice: PracticeId,
  payment: Payment,
  by: string,
): Promise<Payment | undefined> {
  const seen = await lookAt(app, practice, payment, by)
  if (seen.status !== 'requires_action' || !(await reservedTooLong(app, practice, seen))) return seen
  return cancelAtProcessor(app, practice, payment.id, by)
}

/** What the processor shows as final settles when its payer comes back, without waiting for a webhook. */
export async function lookAgain(app: PaymentsApp, practice: PracticeId, id: PaymentId): Promise<Payment | undefined> {
  const payment = await transact(app.db, wholePractice(practice), tx => findPayment(tx, practice, id))
  const isOpen = payment?.status === 'requires_action' || payment?.status === 'submitted'
  return isOpen ? lookAt(app, practice, payment, 'return') : payment
}

type Most = 1 | 'all'

/** What is due, while it is wanted; with `all`, everything unsettled once. */
async function* due<Id>(
  all: boolean,
  isWanted: () => boolean,
  lease: (most: Most) => Promise<Id[]>,
): AsyncGenerator<Id> {
  if (all) yield* await lease('all')
  else yield* whileDue(isWanted, async () => (await lease(1))[0])
}

/**
 * Takes payments or refunds for a while: nobody else looks at them until the lease is over, and who wanted to send one sends
 * nothing. Each look waits longer than the one before, with jitter, up to five minutes; half a minute where nobody knows.
 */
async function lease<Id>(
  app: PaymentsApp,
  practice: PracticeId,
  { table, isUnknown, isLeft }: (typeof SOUGHT)[keyof typeof SOUGHT],
  most: Most,
): Promise<Id[]> {
  const wanted = most === 'all' ? sql`true` : sql`check_at <= clock_timestamp()`
  const leased = await transact(app.db, wholePractice(practice), tx =>
    rows(
      tx,
      sql<{ id: Id }>`update ${table} set checks = checks + 1,
        check_at = clock_timestamp() + make_interval(secs => least(case when ${isUnknown} then 30 else 300 end, 5 * power(1.6, least(checks, 12))) * (0.75 + random() / 2))
        where practice_id = ${practice} and id in (select id from ${table} where practice_id = ${practice} and check_at is not null and ${wanted} and not (${isLeft})
          order by check_at limit ${most === 'all' ? null : most} for update skip locked) returning id`,
    ),
  )
  return leased.map(row => row.id)
}

/** One payment's trouble never stops the others; it is looked at again later. */
async function guarded(
  app: PaymentsApp,
  of: { payment?: string; refund?: string },
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    app.log.error('recovery could not finish; it is tried again', { ...of, error })
  }
}
