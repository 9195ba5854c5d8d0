import { recordEvent } from '../audit/events.ts'
import { type SystemActor, system, wholePractice } from '../kernel/actor.ts'
import { newId, type PracticeId } from '../kernel/ids.ts'
import { assert } from '../kernel/refusal.ts'
import { credit, debit, recordEntry } from '../ledger/entries.ts'
import type { Payment } from '../payments/payments.ts'
import { type Tx, transact } from '../platform/database.ts'
import type { About } from '../practice/about.ts'
import type { DisputeState, PaymentsApp } from '../processor/processor.ts'
import { closeDispute, type Dispute, insertDispute, lockDispute } from './disputes.ts'
import { lockCharged, ownDay } from './returned-payment.ts'

/**
 * Takes in a dispute as the processor shows it; safe to repeat and in any order. A bank's inquiry moves no money and is left out. Opened: disputed / clearing, because the
 * money has left. Won: the reverse. Lost: staff choose first (bookReturn). Records dispute.opened and dispute.closed.
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
    const { payment, about } = await lockCharged(tx, practice, state.intent)
    const dispute =
      (await lockDispute(tx, practice, state.dispute)) ?? (await open(app, tx, actor, { payment, about }, state))
    const { status } = state
    if ((status === 'won' || status === 'lost') && dispute.status === 'open')
      await close(app, tx, actor, { payment, about }, { dispute, state })
    app.failpoint('dispute.before-commit')
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
  assert(payment.connection, 'a payment by card has a connection')
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
    occurredOn: ownDay(app, about, state.tookAt ?? state.openedAt),
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
  { dispute, state }: { dispute: Dispute; state: DisputeState },
): Promise<void> {
  const status = state.status === 'won' ? 'won' : 'lost'
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
    occurredOn: ownDay(app, about, state.gaveBackAt),
    lines: [debit('processor-clearing', dispute.amount, of), credit('disputed', dispute.amount, of)],
  })
}
