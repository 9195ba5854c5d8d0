import { sql } from 'kysely'
import { dayIn } from '../kernel/dates.ts'
import type { PaymentId, PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { Payment } from '../payments/payments.ts'
import { lockForMoney } from '../payments/settle.ts'
import type { App } from '../platform/app.ts'
import { maybe, type Tx } from '../platform/database.ts'
import { type About, todayAt } from '../practice/about.ts'

/** Locks the received payment that the processor's intent charged; refuses `return.before-payment` where none has settled here. */
export async function lockCharged(
  tx: Tx,
  practice: PracticeId,
  intent: string,
): Promise<{ payment: Payment; about: About }> {
  const found = await maybe(
    tx,
    sql<{
      id: PaymentId
    }>`select id from payments.payment where practice_id = ${practice} and intent_id = ${intent} and status = 'succeeded'`,
  )
  if (!found) throw new Refusal('conflict', 'return.before-payment')
  return lockForMoney(tx, practice, found.id)
}

/** The practice's day on which money moved at the processor, whose clock may be ahead of ours; today where it is not known. */
export function ownDay(app: Pick<App, 'now'>, about: About, at: Temporal.Instant | null): Temporal.PlainDate {
  const today = todayAt(app, about)
  const day = at ? dayIn(about.practice.timeZone, at) : today
  return Temporal.PlainDate.compare(day, today) > 0 ? today : day
}
