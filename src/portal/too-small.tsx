import type { Words } from '../design/words.ts'
import { type Cents, LEAST_CARD_CENTS } from '../kernel/money.ts'
import type { PayWay } from '../payments/owed.ts'
import type { Practice } from '../practice/practices.ts'

type Props = { words: Words; practice: Practice; way: PayWay; amount: Cents }

/** What to do about an amount that no card can be charged for: pay it with the rest, or at the practice. Nothing where it can be paid. */
export function TooSmall({ words, practice, way, amount }: Props) {
  if (way === 'alone') return null
  const values = { amount, least: LEAST_CARD_CENTS }
  if (way === 'together') return <p class="small">{words.t('small.together', values)}</p>
  return (
    <p class="small">
      {words.t('small.none', values)}{' '}
      {words.rich('practice.call', {
        phone: <a href={`tel:${practice.phone.replace(/[^\d+]/g, '')}`}>{practice.phone}</a>,
      })}
    </p>
  )
}
