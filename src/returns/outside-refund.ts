import { actorName, recordEvent } from '../audit/events.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import { isId, newId, type PracticeId } from '../kernel/ids.ts'
import { credit, debit, recordEntry } from '../ledger/entries.ts'
import type { Payment } from '../payments/payments.ts'
import { type Tx, transact } from '../platform/database.ts'
import type { About } from '../practice/about.ts'
import type { PaymentsApp, RefundState } from '../processor/processor.ts'
import { endRefund } from './end-refund.ts'
import { checkRefundIn, findRefund, insertOutsideRefund, lockRefundThere, type Refund } from './refunds.ts'
import { lockCharged, ownDay } from './returned-payment.ts'
import { takeRefund } from './send-refund.ts'

/** How often a refund is looked at that was made outside and that its bank may still refuse, in seconds. */
const PENDING_SECONDS = 300

/**
 * Takes in a refund as the processor shows it, whoever made it; safe to repeat and in any order. One that was asked here ends as that
 * does. One made outside: disputed / clearing, because the money has left; staff then choose what becomes of the bills (bookReturn). Where
 * it fails later, all of that is entered back. Refuses `return.before-payment`. Records refund.found, refund.failed.
 */
export async function takeShownRefund(
  app: PaymentsApp,
  practice: PracticeId,
  state: RefundState,
  by: string,
): Promise<void> {
  const { ours } = state
  if (ours && isId('rfd', ours)) {
    const asked = await transact(app.db, wholePractice(practice), tx => findRefund(tx, practice, ours))
    if (asked) {
      await takeRefund(app, practice, ours, { value: state }, by)
      return
    }
  }
  await takeOutside(app, practice, state, by)
}

async function takeOutside(app: PaymentsApp, practice: PracticeId, state: RefundState, by: string): Promise<void> {
  const actor = system(practice, by)
  const checkIn = state.status === 'pending' ? PENDING_SECONDS : null
  await transact(app.db, wholePractice(practice), async tx => {
    const { payment, about } = await lockCharged(tx, practice, state.intent)
    const known = await lockRefundThere(tx, practice, state.refund)
    if (!known && state.status !== 'failed') await enter(app, tx, actor, { payment, about }, { state, checkIn })
    if (!known || known.status === 'failed') return
    if (state.status === 'failed') await endRefund(app, tx, actor, { payment, about }, known.id, 'failed', state.refund)
    else await checkRefundIn(tx, practice, known.id, checkIn)
  })
}

async function enter(
  app: PaymentsApp,
  tx: Tx,
  actor: ReturnType<typeof system>,
  { payment, about }: { payment: Payment; about: About },
  { state, checkIn }: { state: RefundState; checkIn: number | null },
): Promise<void> {
  const { practice } = actor
  const { account, id: paymentId } = payment
  const id = newId('rfd')
  await insertOutsideRefund(tx, practice, {
    id,
    payment: paymentId,
    account,
    amount: state.amount,
    processorRefund: state.refund,
    madeAt: state.madeAt,
    actor: actorName(actor),
    checkIn,
  })
  const of = { account, payment: paymentId }
  await recordEntry(tx, actor, {
    kind: 'refund-outside',
    source: id,
    currency: payment.currency,
    occurredOn: ownDay(app, about, state.madeAt),
    lines: [debit('disputed', state.amount, of), credit('processor-clearing', state.amount, of)],
  })
  await recordEvent(app, tx, actor, { type: 'refund.found', subject: id, account, data: { payment: paymentId } })
}

/** Asks what became of a refund that was made outside and that its bank had not accepted yet. */
export async function lookAtOutside(
  app: PaymentsApp,
  practice: PracticeId,
  { processorRefund }: Pick<Refund, 'processorRefund'>,
  at: string,
  by: string,
): Promise<void> {
  const answer = await app.processor.retrieveRefund(at, processorRefund ?? '')
  if ('value' in answer) await takeShownRefund(app, practice, answer.value, by)
}
