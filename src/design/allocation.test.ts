import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sumCents } from '../kernel/money.ts'
import { charge, payable, spread } from './allocation.ts'

const cents = fc.bigInt({ min: 0n, max: 99_999_999n })

test('what is spread over bills and what is left are the amount, and no bill gets more than it is open', () => {
  fc.assert(
    fc.property(fc.array(cents, { maxLength: 40 }), cents, (open, amount) => {
      const { parts, rest } = spread(open, amount)
      expect(sumCents(parts) + rest).toBe(amount)
      parts.forEach((part, i) => {
        expect(part >= 0n && part <= (open[i] ?? 0n)).toBe(true)
        if (part < (open[i] ?? 0n)) expect(sumCents(parts.slice(i + 1)) + rest).toBe(0n)
      })
    }),
  )
})

test('credit is used before a card is charged', () => {
  expect(charge(18500n, 2000n)).toEqual({ used: 2000n, charged: 16500n })
  expect(charge(1500n, 2000n)).toEqual({ used: 1500n, charged: 0n })
})

test('more than the most there is to pay is no amount; without a most every amount is', () => {
  expect(payable(5001n, 5000n)).toBeUndefined()
  expect(payable(5000n, 5000n)).toBe(5000n)
  expect(payable(5001n, undefined)).toBe(5001n)
  expect(payable(undefined, 5000n)).toBeUndefined()
})
