import type { PracticeId } from '../kernel/ids.ts'
import { type Cents, sumCents } from '../kernel/money.ts'
import type { CreditOf } from '../ledger/balances.ts'
import { type Payment, tendered } from '../payments/payments.ts'
import { selectReservedCredit } from '../payments/reservations.ts'
import { batch, type Tx } from '../platform/database.ts'
import { type Dispute, selectDisputes } from './disputes.ts'
import { type Refund, selectRefunds } from './refunds.ts'

/**
 * What can still be sent back of a payment: what was tendered, less refunds that have not failed, lost disputes and credit that
 * payments under way count on; nothing while a dispute is open.
 */
export async function refundable(tx: Tx, practice: PracticeId, payment: Payment): Promise<Cents> {
  return refundableFrom(payment, await batch(tx, selectRefundable(practice, payment)))
}

/** The queries behind refundable, for batches; give their rows to refundableFrom. */
export function selectRefundable(practice: PracticeId, { id, account }: Pick<Payment, 'id' | 'account'>) {
  return [selectRefunds(practice, id), selectDisputes(practice, id), selectReservedCredit(practice, account)] as const
}

export function refundableFrom(
  payment: Pick<Payment, 'id' | 'status' | 'amount' | 'creditUsed'>,
  [refunds, disputes, countedOn]: readonly [readonly Refund[], readonly Dispute[], readonly CreditOf[]],
): Cents {
  if (payment.status !== 'succeeded' || disputes.some(({ status }) => status === 'open')) return 0n
  const gone = [
    ...refunds.filter(({ status }) => status !== 'failed'),
    ...disputes.filter(({ status }) => status === 'lost'),
  ].map(({ amount }) => amount)
  const used = countedOn.filter(each => each.payment === payment.id).map(each => each.cents)
  const left = tendered(payment) - sumCents(gone) - sumCents(used)
  return left > 0n ? left : 0n
}
