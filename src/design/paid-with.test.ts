import { expect, test } from 'vitest'
import { declineSentence, paidWith } from './paid-with.ts'
import { wordsFor } from './words.ts'

const words = wordsFor('en')
const cheque = { methodKind: 'cheque', reference: null, cardBrand: null, cardLast4: null } as const

test('a payment is named by what paid it', () => {
  expect(paidWith(words, { ...cheque, methodKind: 'card', cardBrand: 'visa', cardLast4: '4242' })).toBe(
    'Visa ending 4242',
  )
  expect(paidWith(words, { ...cheque, methodKind: 'card' })).toBe('Card')
  expect(paidWith(words, { ...cheque, reference: '1041' })).toBe('Check 1041')
  expect(paidWith(words, cheque)).toBe('Check')
})

test('a decline without a sentence of its own has the general one', () => {
  expect(declineSentence(words, 'insufficient_funds')).toBe(words.t('decline.insufficient_funds'))
  expect(declineSentence(words, 'something_new')).toBe(words.t('decline.unknown'))
  expect(declineSentence(words, null)).toBe(words.t('decline.unknown'))
})
