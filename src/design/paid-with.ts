import { cardName } from './card-name.ts'
import type { Words } from './words.ts'

type PaidWith = {
  methodKind: 'card' | 'cash' | 'cheque' | 'credit'
  /** A cheque's number. */
  reference: string | null
  cardBrand: string | null
  cardLast4: string | null
}

/** How a payment was, or is to be, paid: "Visa ending 4242", "Cash", "Your credit". */
export function paidWith(words: Words, { methodKind, reference, cardBrand, cardLast4 }: PaidWith): string {
  switch (methodKind) {
    case 'credit':
      return words.t('method.credit')
    case 'cash':
      return words.t('method.cash')
    case 'cheque':
      return reference ? words.t('method.check', { number: reference }) : words.t('method.cheque')
    case 'card':
      return cardLast4 ? cardName(words, { brand: cardBrand, last4: cardLast4 }) : words.t('method.unknown')
  }
}

/** Why a card was not accepted, by the code of its bank or of the processor. */
export function declineSentence(words: Words, code: string | null): string {
  const key = `decline.${code ?? 'unknown'}`
  return words.t(words.has(key) ? key : 'decline.unknown')
}
