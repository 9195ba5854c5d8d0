import { sql } from 'kysely'
import { recordEvent } from '../audit/events.ts'
import { type StaffActor, type SystemActor, system, wholePractice } from '../kernel/actor.ts'
import { newId, type PaymentId, type PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { credit, debit, recordEntry } from '../ledger/entries.ts'
import type { Payment } from '../payments/payments.ts'
import { lockForMoney } from '../payments/settle.ts'
import { maybe, rows, type Tx, transact } from '../platform/database.ts'
import { type About, todayAt } from '../practice/about.ts'
import type { DisputeState, PaymentsApp } from '../processor/processor.ts'
import { closeDispute, type Dispute, insertDispute, lockDispute, markBooked, selectDisputes } from './disputes.ts'
import { recordUnwinding } from './record-unwinding.ts'
import { planUnwinding } from './unwind.ts'

/**
 * Takes in a dispute as the processor shows it; safe to repeat and in any order. A bank's inquiry moves no money and is left out. Opened: disputed / clearing, because the
 * money has left. Won: the reverse. Lost: staff choose first (bookLostDispute). Records dispute.opened and dispute.closed.
 */
export async function takeDispute(
  app: PaymentsApp,
  practice: PracticeId,
  state: DisputeState,
  by: string,
): Promise<void> {
  if (state.status === 'inquiry') return
  const actor = system(practice, by)
  await transact(app.db, wholePractice(practice), async tx => {
    const found = await maybe(
      tx,
      sql<{
        id: PaymentId
      }>`select id from payments.payment where practice_id = ${practice} and intent_id = ${state.intent} and status = 'succeeded'`,
    )
    if (!found) throw new Refusal('conflict', 'dispute.before-payment')
    const { payment, about } = await lockForMoney(tx, practice, found.id)
    const dispute =
      (await lockDispute(tx, practice, state.dispute)) ?? (await open(app, tx, actor, { payment, about }, state))
    const { status } = state
    if ((status === 'won' || status === 'lost') && dispute.status === 'open')
      await close(app, tx, actor, { payment, about }, dispute, status)
    app.failpoint('dispute.before-commit')
  })
}

/** Books a lost dispute as staff choose: the debt is owed again, or it is written off. Refuses `dispute.not-lost`. */
export async function bookLostDispute(
  app: PaymentsApp,
  actor: StaffActor | SystemActor,
  order: { payment: PaymentId; reopens: boolean },
): Promise<void> {
  const { practice } = actor
  await transact(app.db, wholePractice(practice), async tx => {
    const { payment, about } = await lockForMoney(tx, practice, order.payment)
    const lost = (await rows(tx, selectDisputes(practice, order.payment))).filter(
      dispute => dispute.status === 'lost' && !dispute.bookedAt,
    )
    if (lost.length === 0) throw new Refusal('conflict', 'dispute.not-lost')
    for (const dispute of lost) {
      const unwinding = await planUnwinding(tx, practice, payment, { amount: dispute.amount, reopens: order.reopens })
      const entry = await recordEntry(tx, actor, {
        kind: 'dispute-lost',
        source: dispute.id,
        currency: payment.currency,
        occurredOn: todayAt(app, about),
        lines: [
          ...unwinding.lines,
          debit('adjustments', unwinding.beyond, { account: payment.account, payment: payment.id }),
          credit('disputed', dispute.amount, { account: payment.account, payment: payment.id }),
        ],
      })
      await recordUnwinding(app, tx, actor, { payment, about }, { entry, unwinding })
      await markBooked(tx, practice, dispute.id, order.reopens)
      await recordEvent(app, tx, actor, {
        type: 'dispute.closed',
        subject: dispute.id,
        account: payment.account,
        data: { outcome: 'booked' },
      })
    }
  })
}

async function open(
  app: PaymentsApp,
  tx: Tx,
  actor: SystemActor,
  { payment, about }: { payment: Payment; about: About },
  state: DisputeState,
): Promise<Dispute> {
  const id = newId('dsp')
  const { practice } = actor
  if (!payment.connection) throw new Refusal('conflict', 'dispute.before-payment')
  await insertDispute(tx, practice, {
    id,
    payment: payment.id,
    account: payment.account,
    processorDispute: state.dispute,
    amount: state.amount,
    reason: state.reason,
    connection: payment.connection,
  })
  const of = { account: payment.account, payment: payment.id }
  await recordEntry(tx, actor, {
    kind: 'dispute-opened',
    source: id,
    currency: payment.currency,
    occurredOn: todayAt(app, about),
    lines: [debit('disputed', state.amount, of), credit('processor-clearing', state.amount, of)],
  })
  await recordEvent(app, tx, actor, {
    type: 'dispute.opened',
    subject: id,
    account: payment.account,
    data: { payment: payment.id },
  })
  const opened = await lockDispute(tx, practice, state.dispute)
  if (!opened) throw new Error('broken promise: a dispute that was opened exists')
  return opened
}

async function close(
  app: PaymentsApp,
  tx: Tx,
  actor: SystemActor,
  { payment, about }: { payment: Payment; about: About },
  dispute: Dispute,
  status: 'won' | 'lost',
): Promise<void> {
  await closeDispute(tx, actor.practice, dispute.id, status)
  await recordEvent(app, tx, actor, {
    type: 'dispute.closed',
    subject: dispute.id,
    account: payment.account,
    data: { outcome: status },
  })
  if (status === 'lost') return
  const of = { account: payment.account, payment: payment.id }
  await recordEntry(tx, actor, {
    kind: 'dispute-won',
    source: dispute.id,
    currency: payment.currency,
    occurredOn: todayAt(app, about),
    lines: [debit('processor-clearing', dispute.amount, of), credit('disputed', dispute.amount, of)],
  })
}
