import { actorName, recordEvent } from '../audit/events.ts'
import { type StaffActor, type SystemActor, wholePractice } from '../kernel/actor.ts'
import type { PaymentId, RefundId } from '../kernel/ids.ts'
import type { Cents } from '../kernel/money.ts'
import { assert, Refusal } from '../kernel/refusal.ts'
import { credit, recordEntry } from '../ledger/entries.ts'
import { findPayment, type Payment } from '../payments/payments.ts'
import { lockForMoney } from '../payments/settle.ts'
import { transact } from '../platform/database.ts'
import { todayAt } from '../practice/about.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { endRefund } from './end-refund.ts'
import { recordUnwinding } from './record-unwinding.ts'
import { refundable } from './refundable.ts'
import { findRefund, insertRefund, type Refund } from './refunds.ts'
import { sendRefund } from './send-refund.ts'
import { planUnwinding } from './unwind.ts'

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
 * and again when the processor has done it; cash is handed over at once. Refuses `refund.tooMuch` (with the most),
 * `refund.notPaid`, `refund.notPosted` (for bills that should stay settled), `refund.differs`, `payment.absent`. Records refund.asked, then refund.succeeded or refund.failed.
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
    const { payment, about } = await lockForMoney(tx, practice, order.payment)
    const known = await findRefund(tx, practice, order.refund)
    if (known) return sameRefund(known, order)
    const most = await refundable(tx, practice, payment)
    checkRefund(payment, order, most)
    const unwinding = await planUnwinding(tx, practice, payment, order)
    await insertRefund(tx, practice, { ...order, id: order.refund, account: payment.account, actor: actorName(actor) })
    assert(unwinding.beyond === 0n, 'no more is refunded than a payment brought')
    const entry = await recordEntry(tx, actor, {
      kind: 'refund-asked',
      source: order.refund,
      currency: payment.currency,
      occurredOn: todayAt(app, about),
      lines: [
        ...unwinding.lines,
        credit('refunds-payable', order.amount, { account: payment.account, payment: payment.id }),
      ],
    })
    await recordUnwinding(app, tx, actor, { payment, about }, { entry, unwinding })
    await recordEvent(app, tx, actor, {
      type: 'refund.asked',
      subject: order.refund,
      account: payment.account,
      data: { payment: payment.id },
    })
    if (payment.methodKind !== 'card')
      await endRefund(app, tx, actor, { payment, about }, order.refund, 'succeeded', null)
    const refund = await findRefund(tx, practice, order.refund)
    assert(refund, 'a refund that was asked exists')
    return refund
  })
}

/** Refuses `refund.notPaid`, `refund.tooMuch`, `refund.notPosted`. */
export function checkRefund(
  { postedAt }: Pick<Payment, 'postedAt'>,
  { amount, reopens }: Pick<RefundOrder, 'amount' | 'reopens'>,
  most: Cents,
): void {
  if (most === 0n) throw new Refusal('invalid', 'refund.notPaid')
  if (amount <= 0n || amount > most) throw new Refusal('invalid', 'refund.tooMuch', { most }, 'amount')
  // No bill has got it yet, so there is none that could stay settled.
  if (!postedAt && !reopens) throw new Refusal('invalid', 'refund.notPosted', {}, 'reopens')
}

function sameRefund(known: Refund, order: RefundOrder): Refund {
  if (known.payment !== order.payment || known.amount !== order.amount || known.reopens !== order.reopens)
    throw new Refusal('conflict', 'refund.differs')
  return known
}
