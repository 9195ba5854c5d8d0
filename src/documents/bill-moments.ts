import { type Allocation, givenWithoutPayment } from '../billing/allocations.ts'
import type { Invoice } from '../billing/invoices.ts'
import { dayIn } from '../kernel/dates.ts'
import { type Cents, sumCents } from '../kernel/money.ts'
import type { BillPayment } from '../payments/payments.ts'

/** What happened to a bill, when, and by how much. */
export type BillMoment = { readonly key: string; readonly at: Temporal.PlainDate | Temporal.Instant } & (
  | { readonly kind: 'visit' | 'insurer' | 'issued' | 'settled' | 'withdrawn' | 'paid' }
  /** Paid before Portico, borne by a later payer, borne by the practice. */
  | { readonly kind: 'paid-before' | 'next-answer' | 'written-off'; readonly cents: Cents }
  /** A payment gave so much, would give so much, or was declined. */
  | { readonly kind: 'payment' | 'under-way' | 'declined'; readonly payment: BillPayment; readonly cents: Cents }
  /** Of what a payment had given: sent back, taken back by a dispute, no longer needed. */
  | { readonly kind: 'refund' | 'dispute-lost' | 'to-credit'; readonly payment: BillPayment; readonly cents: Cents }
)

/** A bill's story in time: the visit, the insurer's answer, the bill, every payment, refund and decline, and when it was paid. */
export function momentsOf(
  bill: Invoice,
  payments: readonly BillPayment[],
  allocations: readonly Allocation[],
  zone: string,
): BillMoment[] {
  const { settled, paidBefore } = givenWithoutPayment(allocations)
  const isAnswered = bill.payer !== null && (bill.insurancePaid > 0n || bill.discount > 0n)
  const dated = [
    ...payments.flatMap(payment => paymentMoments(payment, allocations)),
    ...writtenOff(allocations),
    ...nextAnswers(allocations),
    ...(bill.withdrawnAt ? [{ key: 'withdrawn', kind: 'withdrawn' as const, at: bill.withdrawnAt }] : []),
  ].sort((a, b) => Temporal.Instant.compare(a.at, b.at))
  const isPaid = bill.closedAt && !bill.withdrawnAt && dated.length > 0
  return [
    { key: 'visit', kind: 'visit', at: bill.servicedOn },
    ...(isAnswered ? [{ key: 'insurer', kind: 'insurer' as const, at: bill.issuedOn }] : []),
    { key: 'issued', kind: 'issued', at: bill.issuedOn },
    ...(paidBefore > 0n
      ? [{ key: 'paid before', kind: 'paid-before' as const, at: bill.issuedOn, cents: paidBefore }]
      : []),
    ...(settled > 0n ? [{ key: 'settled', kind: 'settled' as const, at: bill.issuedOn }] : []),
    ...dated,
    ...(isPaid && bill.closedAt ? [{ key: 'paid', kind: 'paid' as const, at: dayIn(zone, bill.closedAt) }] : []),
  ]
}

type Dated = BillMoment & { readonly at: Temporal.Instant }

function paymentMoments(payment: BillPayment, allocations: readonly Allocation[]): Dated[] {
  const ours = allocations.filter(each => each.payment === payment.id)
  const takenBack = (
    [
      ['refund', ['refund-asked', 'refund-outside-booked', 'refund-failed']],
      ['dispute-lost', ['dispute-lost']],
      ['to-credit', ['next-answer', 'credit-note']],
    ] as const
  ).flatMap(([kind, kinds]): Dated[] => {
    const sum = sumOf(ours, kinds)
    return sum ? [{ key: `${payment.id} ${kind}`, kind, payment, cents: -sum.cents, at: sum.at }] : []
  })
  return [...given(payment, ours), ...takenBack]
}

/** What the payment gave, would give, or could not. A refund that failed gave back what it had taken, which is neither. */
function given(payment: BillPayment, ours: readonly Allocation[]): Dated[] {
  const cents = sumCents(ours.filter(each => each.cents > 0n && each.by !== 'refund-failed').map(each => each.cents))
  const at = payment.receivedAt ?? payment.submittedAt ?? payment.createdAt
  const key = payment.id
  if (cents > 0n) return [{ key, kind: 'payment', payment, cents, at }]
  if (payment.reserved > 0n) return [{ key, kind: 'under-way', payment, cents: payment.reserved, at }]
  if (payment.status !== 'failed') return []
  return [{ key, kind: 'declined', payment, cents: payment.amount, at: payment.finishedAt ?? at }]
}

/** What later payers bore of the bill, an answer each. */
function nextAnswers(allocations: readonly Allocation[]): Dated[] {
  const own = allocations.filter(each => each.by === 'next-answer' && !each.payment && !each.isWrittenOff)
  return [...Map.groupBy(own, each => each.entry)].flatMap(([key, of]): Dated[] => {
    const [first] = of
    return first
      ? [{ key, kind: 'next-answer', at: first.recordedAt, cents: sumCents(of.map(each => each.cents)) }]
      : []
  })
}

/** What the practice bears itself of a bill whose payment went back. */
function writtenOff(allocations: readonly Allocation[]): Dated[] {
  const borne = sumOf(
    allocations.filter(each => each.isWrittenOff),
    ['refund-asked', 'refund-outside-booked', 'refund-failed', 'dispute-lost'],
  )
  return borne ? [{ key: 'written off', kind: 'written-off', ...borne }] : []
}

/** What entries of these kinds gave in all, and when the last of them did; undefined where that is nothing. */
function sumOf(
  allocations: readonly Allocation[],
  kinds: readonly Allocation['by'][],
): { cents: Cents; at: Temporal.Instant } | undefined {
  const found = allocations.filter(each => kinds.includes(each.by))
  const cents = sumCents(found.map(each => each.cents))
  const last = found.at(-1)
  return last && cents !== 0n ? { cents, at: last.recordedAt } : undefined
}
