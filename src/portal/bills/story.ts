import { type Allocation, givenWithoutPayment } from '../../billing/allocations.ts'
import type { Invoice } from '../../billing/invoices.ts'
import { cardName } from '../../design/card-name.ts'
import type { Moment } from '../../design/timeline.tsx'
import type { WordKey, Words } from '../../design/words.ts'
import { dayIn } from '../../kernel/dates.ts'
import { type Cents, sumCents } from '../../kernel/money.ts'
import type { BillPayment } from '../../payments/payments.ts'
import type { Practice } from '../../practice/practices.ts'

/** A bill's story in time: the visit, the insurer's answer, the bill, every payment, refund and decline, and when it was paid. */
export function tellBill(
  words: Words,
  practice: Practice,
  bill: Invoice,
  payments: readonly BillPayment[],
  allocations: readonly Allocation[],
): Moment[] {
  const ofDay = (day: Temporal.PlainDate) => ({ when: words.dayFull(day), machine: day.toString() })
  const ofInstant = (at: Temporal.Instant) => ({ when: words.dateTime(at, practice.timeZone), machine: at.toString() })
  const moments: Moment[] = [
    {
      key: 'visit',
      ...ofDay(bill.servicedOn),
      title: bill.clinicianName
        ? words.t('story.visit.with', { clinician: bill.clinicianName })
        : words.t('story.visit'),
      ...(bill.locationName ? { detail: bill.locationName } : {}),
      icon: 'stethoscope',
    },
  ]
  if (bill.payer && (bill.insurancePaid > 0n || bill.discount > 0n))
    moments.push({
      key: 'insurer',
      ...ofDay(bill.issuedOn),
      title: words.t('story.insurer', { insurer: bill.payer }),
      detail: words.t(insurerWord(bill), {
        paid: bill.insurancePaid,
        discount: bill.discount,
        share: bill.total,
      }),
      icon: 'shield-check',
    })
  moments.push({
    key: 'issued',
    ...ofDay(bill.issuedOn),
    title: words.t('story.issued'),
    detail: words.t('story.issued.detail', { amount: bill.total, day: bill.dueOn }),
    icon: 'receipt-text',
  })
  const { settled, paidBefore } = givenWithoutPayment(allocations)
  if (paidBefore > 0n)
    moments.push({
      key: 'paid before',
      ...ofDay(bill.issuedOn),
      title: words.t('story.paidBefore', { amount: paidBefore }),
      icon: 'circle-check',
    })
  if (settled > 0n)
    moments.push({ key: 'settled', ...ofDay(bill.issuedOn), title: words.t('story.settled'), icon: 'circle-check' })
  const dated = [
    ...payments.flatMap(payment => tellPayment(words, payment, allocations)),
    ...tellWrittenOff(words, allocations),
    ...tellNextAnswers(words, allocations),
    ...(bill.withdrawnAt
      ? [{ key: 'withdrawn', at: bill.withdrawnAt, title: words.t('story.withdrawn'), icon: 'circle-check' as const }]
      : []),
  ].sort((a, b) => Temporal.Instant.compare(a.at, b.at))
  moments.push(...dated.map(({ at, ...moment }) => ({ ...moment, ...ofInstant(at) })))
  if (bill.closedAt && !bill.withdrawnAt && dated.length > 0)
    moments.push({
      key: 'paid',
      when: words.dayFull(dayIn(practice.timeZone, bill.closedAt)),
      machine: bill.closedAt.toString(),
      title: words.t('story.paid'),
      icon: 'circle-check',
      tone: 'good',
    })
  return moments
}

type Dated = Omit<Moment, 'when' | 'machine'> & { at: Temporal.Instant }

function tellPayment(words: Words, payment: BillPayment, allocations: readonly Allocation[]): Dated[] {
  const ours = allocations.filter(each => each.payment === payment.id)
  // A refund that failed gave back what it had taken: neither is a payment, nor did money go back.
  const given = sumCents(ours.filter(each => each.cents > 0n && each.by !== 'refund-failed').map(each => each.cents))
  const told: Dated[] = []
  const at = payment.receivedAt ?? payment.submittedAt ?? payment.createdAt
  const method = payment.cardLast4 ? cardName(words, { brand: payment.cardBrand, last4: payment.cardLast4 }) : undefined
  if (given > 0n)
    told.push({
      key: payment.id,
      at,
      ...paidTitle(words, payment, given),
      ...(method ? { detail: method } : {}),
      icon: 'banknote',
      tone: 'good',
    })
  else if (payment.reserved > 0n)
    told.push({ key: payment.id, at, ...underWayTitle(words, payment), icon: 'hourglass' })
  else if (payment.status === 'failed')
    told.push({
      key: payment.id,
      at: payment.finishedAt ?? at,
      title: words.t('story.declined', { amount: payment.amount }),
      detail: words.t('story.declined.detail'),
      icon: 'circle-alert',
      tone: 'warn',
    })
  const refunded = sumOf(ours, ['refund-asked', 'refund-failed'])
  if (refunded)
    told.push({
      key: `${payment.id} back`,
      at: refunded.at,
      title: words.t('story.refund', { amount: -refunded.cents }),
      ...(method ? { detail: words.t('story.refund.detail', { method }) } : {}),
      icon: 'rotate-ccw',
    })
  const disputed = sumOf(ours, ['dispute-lost'])
  if (disputed)
    told.push({
      key: `${payment.id} disputed`,
      at: disputed.at,
      title: words.t('story.dispute.lost', { amount: -disputed.cents }),
      icon: 'rotate-ccw',
    })
  const credited = sumOf(ours, ['next-answer', 'credit-note'])
  if (credited)
    told.push({
      key: `${payment.id} credit`,
      at: credited.at,
      title: words.t('story.toCredit', { amount: -credited.cents }),
      icon: 'rotate-ccw',
    })
  return told
}

/** What later payers bore of the bill, an answer each. */
function tellNextAnswers(words: Words, allocations: readonly Allocation[]): Dated[] {
  const own = allocations.filter(each => each.by === 'next-answer' && !each.payment && !each.isWrittenOff)
  return [...Map.groupBy(own, each => each.entry)].map(([entry, of]) => ({
    key: entry,
    at: of[0]?.recordedAt ?? Temporal.Instant.fromEpochMilliseconds(0),
    title: words.t('story.nextPaid', { amount: sumCents(of.map(each => each.cents)) }),
    icon: 'shield-check' as const,
  }))
}

/** What the practice bears itself of a bill whose payment went back. */
function tellWrittenOff(words: Words, allocations: readonly Allocation[]): Dated[] {
  const own = allocations.filter(each => each.isWrittenOff)
  const borne = sumOf(own, ['refund-asked', 'refund-failed', 'dispute-lost'])
  if (!borne) return []
  const title = words.t('story.writtenOff', { amount: borne.cents })
  return [{ key: 'written off', at: borne.at, title, icon: 'circle-check' }]
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

function paidTitle(words: Words, payment: BillPayment, given: Cents): { title: string } {
  if (payment.methodKind === 'credit') return { title: words.t('story.credit', { amount: given }) }
  return { title: words.t(payment.origin === 'desk' ? 'story.payment.desk' : 'story.payment', { amount: given }) }
}

function underWayTitle(words: Words, payment: BillPayment): { title: string; detail: string } {
  const amount = payment.reserved
  if (payment.status === 'succeeded')
    return { title: words.t('story.posting', { amount }), detail: words.t('story.posting.detail') }
  if (payment.status === 'requires_action')
    return { title: words.t('story.action', { amount }), detail: words.t('story.action.detail') }
  return { title: words.t('story.checking', { amount }), detail: words.t('story.checking.detail') }
}

function insurerWord({ insurancePaid, discount }: Invoice): WordKey {
  if (insurancePaid === 0n) return 'story.insurer.nothing'
  return discount > 0n ? 'story.insurer.detail' : 'story.insurer.paid'
}
