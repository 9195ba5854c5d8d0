import { type RawBuilder, sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { PaymentId, PracticeId } from '../kernel/ids.ts'
import { connectionOf, lookAt, takeAttempt } from '../payments/ask.ts'
import { giveUpPayment } from '../payments/give-up.ts'
import { type Payment, paymentColumns } from '../payments/payments.ts'
import { rows, transact } from '../platform/database.ts'
import { ageOf, type Clocks, listedSince, readClocks } from '../processor/clocks.ts'
import { findAttempts } from '../processor/find-attempts.ts'
import type { AttemptState, PaymentsApp } from '../processor/processor.ts'

/** What one listing of the processor's account finds out for all of them, where asking for each would ask a thousand times. */
export type Kind = 'forgotten' | 'clearing'

const OFFSET = sql`(select clock_offset from payments.connection c where c.practice_id = payment.practice_id and c.id = payment.connection_id)`

/**
 * `forgotten`: sent so long ago, by either clock, that its key may not be used again (`ageOf`), and nothing is known there. `clearing`: accepted,
 * and decided within days; an event tells, and the listing heals one that never came.
 */
const KINDS: Readonly<Record<Kind, { is: RawBuilder<boolean>; minutes: number }>> = {
  forgotten: {
    is: sql`(status = 'submitted' and attempt_id is null
      and greatest(clock_timestamp() - submitted_at, clock_timestamp() + ${OFFSET} - processor_submitted_at) > interval '23 hours')`,
    minutes: 5,
  },
  clearing: { is: sql`(status = 'clearing')`, minutes: 30 },
}

/** What is looked for by listing, and by nobody for itself. */
export const IS_SOUGHT = sql`(${KINDS.forgotten.is} or ${KINDS.clearing.is})`

/** So few of an account are asked about one by one: within what a processor lets one endpoint be asked in a second. */
const FEW = 25

/**
 * Seeks a practice's payments of one kind, as soon as one is due (with `all`, at once): each account is listed once for all of them. Answers
 * how many it sought.
 */
export async function seekByListing(
  app: PaymentsApp,
  practice: PracticeId,
  kind: Kind,
  { all, by, isWanted }: { all: boolean; by: string; isWanted: () => boolean },
): Promise<number> {
  if (!isWanted()) return 0
  const sought = await leaseKind(app, practice, kind, all)
  for (const payments of Map.groupBy(sought, each => each.connection).values())
    await seek(app, practice, kind, payments, { by, isWanted })
  return sought.length
}

async function leaseKind(app: PaymentsApp, practice: PracticeId, kind: Kind, all: boolean): Promise<Payment[]> {
  const { is, minutes } = KINDS[kind]
  const isDue = sql`exists (select from payments.payment where practice_id = ${practice} and check_at <= clock_timestamp() and ${is})`
  return transact(app.db, wholePractice(practice), tx =>
    rows(
      tx,
      sql<Payment>`update payments.payment set checks = checks + 1, check_at = clock_timestamp() + make_interval(mins => ${minutes}) * (0.9 + random() / 5)
        where practice_id = ${practice} and id in (select id from payments.payment where practice_id = ${practice} and check_at is not null and ${is}
          and (${all} or ${isDue}) for update skip locked) returning ${paymentColumns}`,
    ),
  )
}

async function seek(
  app: PaymentsApp,
  practice: PracticeId,
  kind: Kind,
  payments: readonly Payment[],
  { by, isWanted }: { by: string; isWanted: () => boolean },
): Promise<void> {
  const isFew = kind === 'clearing' && payments.length < FEW
  const shown = isFew ? undefined : await show(app, practice, payments)
  if (!isFew && !shown) return
  for (const payment of payments) {
    if (!isWanted()) return
    try {
      await (shown ? takeShown(app, practice, payment, shown, by) : lookAt(app, practice, payment, by))
    } catch (error) {
      app.log.error('recovery could not finish; it is tried again', { payment: payment.id, error })
    }
  }
}

/** What a complete listing showed, and how the clocks stood then. */
export type Shown = { readonly found: ReadonlyMap<PaymentId, AttemptState>; readonly clocks: Clocks }

/** Lists the account of these payments, all on one connection, from before the first of them was sent; undefined where it was not answered whole. */
export async function show(
  app: PaymentsApp,
  practice: PracticeId,
  payments: readonly Payment[],
): Promise<Shown | undefined> {
  const [first] = payments
  if (!first) return undefined
  const connection = await connectionOf(app, practice, first)
  const clocks = await readClocks(app, practice, connection)
  if (!clocks) return undefined
  const since = payments.map(each => listedSince(each, clocks)).reduce(earlier)
  const found = await findAttempts(
    app,
    connection,
    payments.map(each => each.id),
    since,
  )
  return found && { found, clocks }
}

function earlier(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) < 0 ? a : b
}

/** Takes what a listing showed of a payment; one of which it shows nothing is given up once that means that it never arrived. */
export async function takeShown(
  app: PaymentsApp,
  practice: PracticeId,
  payment: Payment,
  { found, clocks }: Shown,
  by: string,
): Promise<Payment> {
  const made = found.get(payment.id)
  if (made) return takeAttempt(app, practice, payment.id, { value: made }, by)
  if (payment.status !== 'submitted' || !ageOf(payment, clocks).isForgotten) return payment
  return giveUpPayment(app, practice, payment.id, { status: 'canceled', code: 'never-arrived', from: 'submitted' }, by)
}
