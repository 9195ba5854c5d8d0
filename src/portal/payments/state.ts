import type { Tone } from '../../design/tag.tsx'
import type { WordKey } from '../../design/words.ts'
import { type PaymentState, type Returned, stateOf } from '../../documents/payment-state.ts'
import type { Payment } from '../../payments/payments.ts'

/** Whether the page asks again by itself: only while an answer is on its way. */
export function isWaiting(state: PaymentState): boolean {
  return state === 'created' || state === 'checking'
}

/** Seconds until the page asks again: soon at first, then rarely. */
export function refreshSeconds(startedAt: Temporal.Instant, now: Temporal.Instant): number {
  return now.since(startedAt).total('seconds') < 120 ? 5 : 30
}

/** The word and colour of a payment in a list. */
export function tagOf(payment: Payment, returned: Returned): { word: WordKey; tone: Tone } {
  const state = stateOf(payment, returned)
  if (state === 'succeeded' && returned.refunded > 0n) return { word: 'payment.status.partRefunded', tone: 'plain' }
  switch (state) {
    case 'created':
      return { word: 'payment.status.created', tone: 'plain' }
    case 'checking':
      return { word: 'payment.status.submitted', tone: 'plain' }
    case 'action':
    case 'hosted':
      return { word: 'payment.status.requires_action', tone: 'warn' }
    case 'succeeded':
      return { word: 'payment.status.succeeded', tone: 'good' }
    case 'lost':
      return { word: 'payment.status.lost', tone: 'warn' }
    case 'disputed':
      return { word: 'payment.status.disputed', tone: 'warn' }
    default:
      return { word: `payment.status.${state}`, tone: 'plain' }
  }
}
