import { Notice } from '../design/notice.tsx'
import type { Words } from '../design/words.ts'
import { dayIn } from '../kernel/dates.ts'
import { paths } from '../kernel/paths.ts'
import type { Payment } from '../payments/payments.ts'
import type { Practice } from '../practice/practices.ts'

type Props = { words: Words; practice: Practice; payments: readonly Payment[]; today: Temporal.PlainDate }

/** Payments under way, a sentence apart with its time; never a row in the sum of what is owed (domain.md). */
export function UnderWay({ words, practice, payments, today }: Props) {
  return (
    <>
      {payments.map(payment => (
        <Notice
          key={payment.id}
          icon="hourglass"
          action={
            <a href={paths.payment(practice.slug, payment.id)}>
              {words.t(payment.status === 'requires_action' ? 'underway.continue' : 'underway.open')}
            </a>
          }
        >
          {sentence(words, practice, payment, today)}
        </Notice>
      ))}
    </>
  )
}

/** What a payment under way is doing, in one sentence. */
export function sentence(words: Words, practice: Practice, payment: Payment, today: Temporal.PlainDate): string {
  const at = payment.receivedAt ?? payment.submittedAt ?? payment.createdAt
  const day = dayIn(practice.timeZone, at)
  const values = {
    amount: payment.amount,
    practice: practice.name,
    when: day.equals(today)
      ? `${words.relativePast(day, today)} ${words.time(at, practice.timeZone)}`
      : words.relativePast(day, today),
  }
  switch (payment.status) {
    case 'created':
      return words.t('underway.created', values)
    case 'submitted':
      return words.t('underway.checking', values)
    case 'requires_action':
      return words.t('underway.action', values)
    case 'clearing':
      return words.t('underway.clearing', values)
    default:
      return words.t('underway.posting', values)
  }
}
