import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { findNamed } from '../payments/payments.ts'
import { transact } from '../platform/database.ts'
import type { Connection } from '../processor/connections.ts'
import type { DisputeState, PaymentsApp, RefundState } from '../processor/processor.ts'
import { takeDispute } from '../returns/dispute.ts'
import { takeShownRefund } from '../returns/outside-refund.ts'

/** A return as the processor shows it. */
export type Shown = { readonly dispute: DisputeState } | { readonly refund: RefundState }
export type Outcome = 'taken' | 'not started here' | 'again'

/**
 * Takes in a dispute or a refund that the processor shows, where its payment is one of ours; `again` when its payment has not settled here
 * yet, cannot be asked for, or something went wrong: one return's trouble never stops the others.
 */
export async function takeShown(
  app: PaymentsApp,
  practice: PracticeId,
  connection: Pick<Connection, 'processorAccount'>,
  shown: Shown,
  by: string,
): Promise<Outcome> {
  try {
    return await take(app, practice, connection, shown, by)
  } catch (error) {
    app.log.error('a return could not be taken in; it is tried again', { practice, error })
    return 'again'
  }
}

async function take(
  app: PaymentsApp,
  practice: PracticeId,
  { processorAccount }: Pick<Connection, 'processorAccount'>,
  shown: Shown,
  by: string,
): Promise<Outcome> {
  try {
    if ('dispute' in shown) await takeDispute(app, practice, shown.dispute, by)
    else await takeShownRefund(app, practice, shown.refund, by)
    return 'taken'
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'return.before-payment') throw error
  }
  const { intent } = 'dispute' in shown ? shown.dispute : shown.refund
  if (intent === '') return 'not started here'
  const charged = await app.processor.look(processorAccount, intent)
  if ('unknown' in charged) return 'again'
  if (!('value' in charged)) return 'not started here'
  const payment = await transact(app.db, wholePractice(practice), tx => findNamed(tx, practice, charged.value))
  return payment ? 'again' : 'not started here'
}
