import type { PastEvent } from '../../audit/events.ts'
import type { IconName } from '../../design/icons.tsx'
import { type Moment, Timeline } from '../../design/timeline.tsx'
import type { OfficeWords } from '../../design/words.ts'
import type { Payment } from '../../payments/payments.ts'
import type { Practice } from '../../practice/practices.ts'
import type { Transaction } from './transaction.ts'

type Props = { words: OfficeWords; practice: Practice; transaction: Transaction }
type Said = { title: string; icon: IconName; tone?: 'good' | 'warn' | 'bad'; detail?: string }

/** What happened to a payment, in order, in plain words. */
export function Story({ words, practice, transaction }: Props) {
  const moments = [
    ...transaction.events.map(event => momentOf(words, transaction, event)),
    ...steps(words, transaction.payment),
  ]
  const ordered = moments.sort((a, b) => Temporal.Instant.compare(a.at, b.at))
  return (
    <Timeline
      moments={ordered.map(
        ({ key, at, said }): Moment => ({
          key,
          when: words.dateTime(at, practice.timeZone),
          at,
          ...said,
        }),
      )}
    />
  )
}

type Placed = { key: string; at: Temporal.Instant; said: Said }

function momentOf(words: OfficeWords, transaction: Transaction, event: PastEvent): Placed {
  return { key: event.id, at: event.at, said: sayEvent(words, transaction, event) }
}

/** What its own columns tell beyond the events: when it was sent, and what it waits for now. */
function steps(words: OfficeWords, payment: Payment): Placed[] {
  const { submittedAt, attempt, status } = payment
  if (!submittedAt) return []
  const sent: Placed = {
    key: 'submitted',
    at: submittedAt,
    said: { title: words.t('story.submitted', { attempt }), icon: 'send' },
  }
  const waits = waitsFor(words, status)
  return waits ? [sent, { key: 'waits', at: submittedAt, said: waits }] : [sent]
}

function waitsFor(words: OfficeWords, status: Payment['status']): Said | undefined {
  if (status === 'submitted') return { title: words.t('story.checking'), icon: 'hourglass' }
  if (status === 'requires_action') return { title: words.t('story.requires_action'), icon: 'hourglass', tone: 'warn' }
  if (status === 'clearing') return { title: words.t('story.clearing'), icon: 'landmark' }
  return undefined
}

function sayEvent(words: OfficeWords, transaction: Transaction, event: PastEvent): Said {
  const name = actorOf(words, transaction, event.actor)
  switch (event.type) {
    case 'payment.started': {
      const key = transaction.payment.origin === 'desk' ? 'story.desk' : 'story.created'
      return { title: words.t(key, { name }), icon: transaction.payment.origin === 'desk' ? 'banknote' : 'credit-card' }
    }
    case 'payment.succeeded':
      return { title: sayReceived(words, event, name), icon: 'circle-check', tone: 'good' }
    case 'payment.failed':
      return { title: sayDeclined(words, transaction.payment), icon: 'circle-x', tone: 'bad' }
    case 'payment.canceled':
      return { title: words.t('story.canceled'), icon: 'circle-x' }
    case 'payment.posted':
      return {
        title: event.actor.startsWith('staff ') ? words.t('story.posted.by', { name }) : words.t('story.posted'),
        icon: 'receipt-text',
        tone: 'good',
      }
    default:
      return sayReturn(words, transaction, event, name)
  }
}

/** Money that left again, or was about to. */
function sayReturn(words: OfficeWords, transaction: Transaction, event: PastEvent, name: string): Said {
  const refund = transaction.refunds.find(each => each.id === event.subject)
  const dispute = transaction.disputes.find(each => each.id === event.subject)
  const amount = refund?.amount ?? dispute?.amount ?? 0n
  switch (event.type) {
    case 'refund.asked': {
      const title = words.t('story.refund.asked', { amount, name })
      return { title, icon: 'rotate-ccw', ...(refund?.reason ? { detail: refund.reason } : {}) }
    }
    case 'refund.succeeded':
      return { title: words.t('story.refund.done', { amount }), icon: 'rotate-ccw', tone: 'good' }
    case 'refund.found':
      return { title: words.t('story.refund.found', { amount }), icon: 'triangle-alert', tone: 'warn' }
    case 'refund.booked':
      return {
        title: words.t('story.refund.booked', { reopens: refund?.reopens ? 'yes' : 'no' }),
        icon: 'receipt-text',
      }
    case 'refund.failed':
      return { title: words.t('story.refund.failed', { amount }), icon: 'circle-x', tone: 'bad' }
    case 'dispute.opened':
      return { title: words.t('story.dispute.opened', { amount }), icon: 'triangle-alert', tone: 'bad' }
    case 'dispute.closed':
      return sayClosed(words, event, dispute?.reopens ?? false)
    default:
      return { title: words.t('story.unknown', { type: event.type }), icon: 'info' }
  }
}

function sayClosed(words: OfficeWords, event: PastEvent, reopens: boolean): Said {
  if (event.data.outcome === 'won') return { title: words.t('story.dispute.won'), icon: 'circle-check', tone: 'good' }
  if (event.data.outcome === 'lost') return { title: words.t('story.dispute.lost'), icon: 'circle-x', tone: 'bad' }
  return { title: words.t('story.dispute.booked', { reopens: reopens ? 'yes' : 'no' }), icon: 'receipt-text' }
}

/** How it was found out is said only where the first answer was lost. */
function sayReceived(words: OfficeWords, event: PastEvent, name: string): string {
  const found = event.actor === 'system recovery' || event.actor === 'system reconcile'
  return found ? words.t('story.succeeded.by', { name }) : words.t('story.succeeded')
}

function sayDeclined(words: OfficeWords, { failureCode }: Payment): string {
  const key = `decline.${failureCode}`
  return words.t('story.failed', { reason: words.t(words.has(key) ? key : 'decline.unknown') })
}

/** Who acted: a person's name, or the part of Portico. */
export function actorOf(words: OfficeWords, { names }: Pick<Transaction, 'names'>, actor: string): string {
  if (!actor.startsWith('system ')) return names.get(actor) ?? words.t('actor.someone')
  const key = `actor.${actor.slice('system '.length)}`
  return words.t(words.has(key) ? key : 'actor.system')
}
