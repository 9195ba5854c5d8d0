import { Tag, type Tone } from '../../design/tag.tsx'
import type { OfficeKey, OfficeWords } from '../../design/words.ts'
import { type Payment, tendered } from '../../payments/payments.ts'
import type { TransactionRow } from '../../payments/transactions.ts'

type Standing = Pick<
  TransactionRow,
  'status' | 'amount' | 'creditUsed' | 'refunded' | 'disputed' | 'lost' | 'toDecide' | 'unposted'
>

/** Where a payment stands, in a word or two: what needs staff comes before what is over. */
export function StatusTag({ words, row }: { words: OfficeWords; row: Standing }) {
  const [tone, key] = statusOf(row)
  return <Tag tone={tone}>{words.t(key)}</Tag>
}

function statusOf(row: Standing): [Tone, OfficeKey] {
  if (row.status === 'failed') return ['bad', 'office.status.failed']
  if (row.status === 'canceled') return ['plain', 'office.status.canceled']
  if (row.status === 'created') return ['plain', 'office.status.created']
  if (row.status === 'submitted') return ['plain', 'office.status.submitted']
  if (row.status === 'requires_action') return ['plain', 'office.status.requires_action']
  if (row.status === 'clearing') return ['plain', 'office.status.clearing']
  if (row.toDecide) return ['warn', 'office.status.toDecide']
  if (row.disputed) return ['bad', 'office.status.disputed']
  if (row.unposted > 0n) return ['warn', 'office.status.toPost']
  if (row.lost) return ['bad', 'office.status.lost']
  if (row.refunded > 0n && row.refunded >= tendered(row)) return ['plain', 'office.status.refunded']
  if (row.refunded > 0n) return ['plain', 'office.status.partRefunded']
  return ['good', 'office.status.posted']
}

/** What it was paid with: "Visa 4242", "Check 1180", "Visa 4242 and credit". */
export function paidWith(words: OfficeWords, payment: Payment): string {
  const means = meansOf(words, payment)
  return payment.creditUsed > 0n && payment.methodKind !== 'credit'
    ? words.t('office.with.andCredit', { with: means })
    : means
}

/** The means alone, without the credit beside it. */
export function meansOf(words: OfficeWords, { methodKind, cardBrand, cardLast4, reference }: Payment): string {
  switch (methodKind) {
    case 'card':
      return cardLast4
        ? words.t('office.with.card', { brand: brandName(cardBrand), last4: cardLast4 })
        : words.t('office.with.newCard')
    case 'cash':
      return words.t('office.with.cash')
    case 'cheque':
      return reference ? words.t('office.with.chequeNumber', { number: reference }) : words.t('office.with.cheque')
    case 'credit':
      return words.t('office.with.credit')
  }
}

const BRANDS: Readonly<Record<string, string>> = {
  amex: 'Amex',
  diners: 'Diners',
  discover: 'Discover',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
}

function brandName(brand: string | null): string {
  return BRANDS[brand ?? ''] ?? 'Card'
}
