import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decimal } from '../../../test/support/answers.ts'
import { decimalText, roundHalfUp, sumCents, sumDecimals } from '../../kernel/money.ts'
import { apportion, compareTotal } from './rounding.ts'

test.each([
  [['33.335', '33.335', '33.335'], '100.01', ['33.34', '33.34', '33.33']],
  [['33.333', '33.333', '33.333'], '100.00', ['33.34', '33.33', '33.33']],
  [['1.144', '2.144'], '3.29', ['1.15', '2.14']],
  [['1.141', '2.144', '3.002'], '6.29', ['1.14', '2.15', '3.00']],
  [['1.009', '1.009'], '2.03', ['1.02', '1.01']],
  [['1.00', '1.00'], '1.99', ['1.00', '0.99']],
  [['1.005', '0.001'], '0.99', ['0.99', '0.00']],
  [['75', '25'], '100', ['75.00', '25.00']],
])('%j come to %s as %j', (amounts, total, cents) => {
  expect(apportion(amounts.map(decimal), roundHalfUp(decimal(total))).map(decimalText)).toEqual(cents)
})

test('whatever the lines, they come to the total, and none is further than a cent from itself', () => {
  const exact = fc.integer({ min: 0, max: 9_999_999 }).map(units => ({ units: BigInt(units), scale: 4 }))
  fc.assert(
    fc.property(fc.array(exact, { minLength: 1, maxLength: 40 }), amounts => {
      const total = roundHalfUp(sumDecimals(amounts))
      const cents = apportion(amounts, total)
      expect(sumCents(cents)).toBe(total)
      for (const [i, { units }] of amounts.entries()) {
        const apart = (cents[i] ?? 0n) * 100n - units
        expect(apart < 100n && apart > -100n).toBe(true)
      }
    }),
  )
})

test('a total is the lines’ own to within half a cent for each', () => {
  const of = (total: string, lines: number) => compareTotal(decimal(total), decimal('100'), lines)
  expect([of('100.005', 1), of('100.0051', 1), of('99.995', 1), of('99.9949', 1)]).toEqual([
    'same',
    'above',
    'same',
    'below',
  ])
  expect([of('100.01', 2), of('100.0101', 2), of('100', 0)]).toEqual(['same', 'above', 'same'])
})
