import type { Words } from './words.ts'

const BRANDS: Readonly<Record<string, string>> = {
  visa: 'Visa',
  mastercard: 'Mastercard',
  amex: 'American Express',
  discover: 'Discover',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
}

/** A card as people recognise it: "Visa ending 4242". */
export function cardName(words: Words, { brand, last4 }: { brand: string | null; last4: string }): string {
  return words.t('method.card', { brand: BRANDS[brand ?? ''] ?? words.t('method.unknown'), last4 })
}

/** The last month of a card: "August 2028". */
export function lastMonth(words: Words, { expMonth, expYear }: { expMonth: number; expYear: number }): string {
  return words.month(Temporal.PlainDate.from({ year: expYear, month: expMonth, day: 1 }))
}
