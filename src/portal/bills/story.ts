import type { Invoice } from '../../billing/invoices.ts'
import { cardName } from '../../design/card-name.ts'
import type { Moment } from '../../design/timeline.tsx'
import type { WordKey, Words } from '../../design/words.ts'
import type { BillMoment } from '../../documents/bill-moments.ts'
import type { BillStory } from '../../documents/bill-story.ts'
import type { BillPayment } from '../../payments/payments.ts'

type Said = Pick<Moment, 'title' | 'detail' | 'icon' | 'tone'>

/** A bill's story in the patient's words. */
export function tellBill(words: Words, { timeZone }: { timeZone: string }, { bill, moments }: BillStory): Moment[] {
  return moments.map(moment => {
    const { key, at } = moment
    const when = at instanceof Temporal.PlainDate ? words.dayFull(at) : words.dateTime(at, timeZone)
    return { key, when, at, ...say(words, bill, moment) }
  })
}

function say(words: Words, bill: Invoice, moment: BillMoment): Said {
  switch (moment.kind) {
    case 'visit':
    case 'insurer':
    case 'issued':
      return sayBegin(words, bill, moment.kind)
    case 'paid-before':
      return { title: words.t('story.paidBefore', { amount: moment.cents }), icon: 'circle-check' }
    case 'settled':
      return { title: words.t('story.settled'), icon: 'circle-check' }
    case 'next-answer':
      return { title: words.t('story.nextPaid', { amount: moment.cents }), icon: 'shield-check' }
    case 'written-off':
      return { title: words.t('story.writtenOff', { amount: moment.cents }), icon: 'circle-check' }
    case 'withdrawn':
      return { title: words.t('story.withdrawn'), icon: 'circle-check' }
    case 'paid':
      return { title: words.t('story.paid'), icon: 'circle-check', tone: 'good' }
    default:
      return sayPayment(words, moment)
  }
}

/** What was before anybody paid. */
function sayBegin(words: Words, bill: Invoice, kind: 'visit' | 'insurer' | 'issued'): Said {
  if (kind === 'visit')
    return {
      title: bill.clinicianName
        ? words.t('story.visit.with', { clinician: bill.clinicianName })
        : words.t('story.visit'),
      ...(bill.locationName ? { detail: bill.locationName } : {}),
      icon: 'stethoscope',
    }
  if (kind === 'insurer')
    return {
      title: words.t('story.insurer', { insurer: bill.payer ?? '' }),
      detail: words.t(insurerWord(bill), { paid: bill.insurancePaid, discount: bill.discount, share: bill.total }),
      icon: 'shield-check',
    }
  return {
    title: words.t('story.issued'),
    detail: words.t('story.issued.detail', { amount: bill.total, day: bill.dueOn }),
    icon: 'receipt-text',
  }
}

function sayPayment(words: Words, moment: Extract<BillMoment, { payment: BillPayment }>): Said {
  const { payment, cents: amount } = moment
  const method = payment.cardLast4 ? cardName(words, { brand: payment.cardBrand, last4: payment.cardLast4 }) : undefined
  switch (moment.kind) {
    case 'payment':
      return {
        title: words.t(paidWord(payment), { amount }),
        ...(method ? { detail: method } : {}),
        icon: 'banknote',
        tone: 'good',
      }
    case 'under-way': {
      const word = underWayWord(payment)
      return { title: words.t(word, { amount }), detail: words.t(`${word}.detail`), icon: 'hourglass' }
    }
    case 'declined':
      return {
        title: words.t('story.declined', { amount }),
        detail: words.t('story.declined.detail'),
        icon: 'circle-alert',
        tone: 'warn',
      }
    case 'refund':
      return {
        title: words.t('story.refund', { amount }),
        ...(method ? { detail: words.t('story.refund.detail', { method }) } : {}),
        icon: 'rotate-ccw',
      }
    case 'dispute-lost':
      return { title: words.t('story.dispute.lost', { amount }), icon: 'rotate-ccw' }
    case 'to-credit':
      return { title: words.t('story.toCredit', { amount }), icon: 'rotate-ccw' }
  }
}

function paidWord({ methodKind, origin }: BillPayment): WordKey {
  if (methodKind === 'credit') return 'story.credit'
  return origin === 'desk' ? 'story.payment.desk' : 'story.payment'
}

function underWayWord({ status }: BillPayment): 'story.posting' | 'story.action' | 'story.checking' {
  if (status === 'succeeded') return 'story.posting'
  return status === 'requires_action' ? 'story.action' : 'story.checking'
}

function insurerWord({ insurancePaid, discount }: Invoice): WordKey {
  if (insurancePaid === 0n) return 'story.insurer.nothing'
  return discount > 0n ? 'story.insurer.detail' : 'story.insurer.paid'
}
