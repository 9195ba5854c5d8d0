import { recordEvent } from '../audit/events.ts'
import type { StaffActor, SystemActor } from '../kernel/actor.ts'
import type { RefundId } from '../kernel/ids.ts'
import { assert } from '../kernel/refusal.ts'
import { credit, debit, findEntry, recordEntry } from '../ledger/entries.ts'
import type { Payment } from '../payments/payments.ts'
import type { Tx } from '../platform/database.ts'
import { type About, todayAt } from '../practice/about.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { findRefund, isToDecide, updateRefund } from './refunds.ts'
import { reverseAsked } from './reverse-refund.ts'

/**
 * Done: refunds payable / clearing or cash. Failed: what was asked, or entered of one made outside, is entered back, and the bills it left
 * are paid again where they still need it.
 */
export async function endRefund(
  app: PaymentsApp,
  tx: Tx,
  actor: StaffActor | SystemActor,
  { payment, about }: { payment: Payment; about: About },
  id: RefundId,
  status: 'succeeded' | 'failed',
  processorRefund: string | null,
): Promise<void> {
  const { practice } = actor
  const refund = await findRefund(tx, practice, id)
  assert(refund, 'a refund that ends exists')
  const of = { account: payment.account, payment: payment.id }
  const holding = payment.methodKind === 'card' ? 'processor-clearing' : 'cash-and-cheque'
  const occurredOn = todayAt(app, about)
  const wasDone = refund.status === 'succeeded'
  const isUndecided = isToDecide(refund)
  await updateRefund(tx, practice, id, { status, processorRefund, checkIn: null })
  if (status === 'succeeded') {
    await recordEntry(tx, actor, {
      kind: 'refund-done',
      source: id,
      currency: payment.currency,
      occurredOn,
      lines: [debit('refunds-payable', refund.amount, of), credit(holding, refund.amount, of)],
    })
  } else if (isUndecided) {
    const found = await findEntry(tx, practice, 'refund-outside', id)
    assert(found, 'a refund that was made outside was entered')
    await recordEntry(tx, actor, {
      kind: 'refund-failed',
      source: id,
      corrects: found.id,
      currency: payment.currency,
      occurredOn,
      lines: [debit(holding, refund.amount, of), credit('disputed', refund.amount, of)],
    })
  } else {
    const back = wasDone ? debit(holding, refund.amount, of) : debit('refunds-payable', refund.amount, of)
    await reverseAsked(tx, actor, { payment, refund, back, occurredOn })
  }
  await recordEvent(app, tx, actor, {
    type: status === 'succeeded' ? 'refund.succeeded' : 'refund.failed',
    subject: id,
    account: payment.account,
    data: { payment: payment.id },
  })
}
