import { type Cents, sumCents } from '../kernel/money.ts'
import type { Payment } from '../payments/payments.ts'
import type { Dispute } from '../returns/disputes.ts'
import type { Refund } from '../returns/refunds.ts'

/** What was sent back of a payment, whether its card's bank asks about it, and whether the bank has taken some of it back for good. */
export type Returned = { readonly refunded: Cents; readonly disputed: boolean; readonly lost: boolean }

/**
 * Where a payment stands, as its payer is told: `created` not sent yet, `checking` sent and unanswered, `action` and `hosted`
 * wait for the payer, `clearing` accepted by the bank, `posting` received and waiting for staff.
 */
export type PaymentState =
  | 'created'
  | 'checking'
  | 'action'
  | 'hosted'
  | 'clearing'
  | 'posting'
  | 'succeeded'
  | 'refunded'
  | 'disputed'
  | 'lost'
  | 'failed'
  | 'canceled'

export function stateOf(
  payment: Pick<Payment, 'status' | 'hosted' | 'postedAt' | 'amount' | 'creditUsed'>,
  { refunded, disputed, lost }: Returned,
): PaymentState {
  switch (payment.status) {
    case 'created':
    case 'clearing':
    case 'failed':
    case 'canceled':
      return payment.status
    case 'submitted':
      return 'checking'
    case 'requires_action':
      return payment.hosted ? 'hosted' : 'action'
    case 'succeeded':
      if (disputed) return 'disputed'
      if (lost) return 'lost'
      if (refunded > 0n && refunded >= payment.amount - payment.creditUsed) return 'refunded'
      return payment.postedAt ? 'succeeded' : 'posting'
  }
}

/** What has been, or is being, sent back; a refund that failed sent nothing. */
export function returnedOf(refunds: readonly Refund[], disputes: readonly Dispute[]): Returned {
  return {
    refunded: sumCents(refunds.filter(refund => refund.status !== 'failed').map(refund => refund.amount)),
    disputed: disputes.some(dispute => dispute.status === 'open'),
    lost: disputes.some(dispute => dispute.status === 'lost'),
  }
}
