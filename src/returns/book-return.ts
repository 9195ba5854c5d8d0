import { recordEvent } from '../audit/events.ts'
import { type StaffActor, type SystemActor, wholePractice } from '../kernel/actor.ts'
import type { DisputeId, PaymentId, RefundId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { credit, debit, recordEntry } from '../ledger/entries.ts'
import { lockForMoney } from '../payments/settle.ts'
import { batch, transact } from '../platform/database.ts'
import { todayAt } from '../practice/about.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { type Dispute, isLostToDecide, markBooked, selectDisputes } from './disputes.ts'
import { recordUnwinding } from './record-unwinding.ts'
import { isOnItsWay, isToDecide, markRefundBooked, type Refund, selectRefunds } from './refunds.ts'
import { planUnwinding } from './unwind.ts'

export type BookingOrder = {
  readonly payment: PaymentId
  /** A dispute that was lost, or a refund that was made outside. */
  readonly returned: DisputeId | RefundId
  /** Whether the bills it had paid are owed again; else the practice bears it. */
  readonly reopens: boolean
}

/**
 * Books money that went back without Portico as staff choose: what it had paid is owed again, or is written off. What the bank took
 * beyond what is left of the payment is the practice's either way. Refuses `return.decided`, and `return.refund-under-way` while a
 * refund of the same payment has no end, because the bank refuses one of the two. Records dispute.closed or refund.booked.
 */
export async function bookReturn(
  app: PaymentsApp,
  actor: StaffActor | SystemActor,
  { payment: id, returned, reopens }: BookingOrder,
): Promise<void> {
  const { practice } = actor
  await transact(app.db, wholePractice(practice), async tx => {
    const { payment, about } = await lockForMoney(tx, practice, id)
    const [refunds, disputes] = await batch(tx, [selectRefunds(practice, id), selectDisputes(practice, id)])
    const waiting = findWaiting(refunds, disputes, returned)
    if (refunds.some(isOnItsWay)) throw new Refusal('conflict', 'return.refund-under-way')
    const of = { account: payment.account, payment: id }
    const unwinding = await planUnwinding(tx, practice, payment, { amount: waiting.amount, reopens })
    const entry = await recordEntry(tx, actor, {
      kind: 'refund' in waiting ? 'refund-outside-booked' : 'dispute-lost',
      source: returned,
      currency: payment.currency,
      occurredOn: todayAt(app, about),
      lines: [...unwinding.lines, debit('adjustments', unwinding.beyond, of), credit('disputed', waiting.amount, of)],
    })
    await recordUnwinding(app, tx, actor, { payment, about }, { entry, unwinding })
    if ('refund' in waiting) await markRefundBooked(tx, practice, waiting.refund, reopens)
    else await markBooked(tx, practice, waiting.dispute, reopens)
    await recordEvent(app, tx, actor, {
      type: 'refund' in waiting ? 'refund.booked' : 'dispute.closed',
      subject: returned,
      account: payment.account,
      data: 'refund' in waiting ? { payment: id } : { outcome: 'booked' },
    })
  })
}

type Waiting = { readonly amount: bigint } & ({ readonly refund: RefundId } | { readonly dispute: DisputeId })

function findWaiting(
  refunds: readonly Refund[],
  disputes: readonly Dispute[],
  returned: BookingOrder['returned'],
): Waiting {
  const refund = refunds.find(each => each.id === returned)
  const dispute = disputes.find(each => each.id === returned)
  if (!refund && !dispute) throw new Refusal('absent', 'absent')
  if (refund && isToDecide(refund)) return { amount: refund.amount, refund: refund.id }
  if (dispute && isLostToDecide(dispute)) return { amount: dispute.amount, dispute: dispute.id }
  throw new Refusal('conflict', 'return.decided')
}
