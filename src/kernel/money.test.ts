import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  apartDecimals,
  compareDecimals,
  type Decimal,
  decimalText,
  exactText,
  parseDecimal,
  parseDollars,
  roundHalfUp,
  subtractDecimals,
  sumDecimals,
} from './money.ts'

const cents = (text: string) => {
  const value = parseDecimal(text)
  return value && roundHalfUp(value)
}

test('a decimal is read exactly and rounded half-up to cents', () => {
  expect(cents('28.104000000000003')).toBe(2810n)
  expect(cents('0.005')).toBe(1n)
  expect(cents('1.005')).toBe(101n)
  expect(cents('-1.005')).toBe(-101n)
  expect(cents('1E2')).toBe(10000n)
  expect(cents('12e-1')).toBe(120n)
})

test('what is no decimal is refused', () => {
  for (const text of ['', 'NaN', '1.', '.5', '1,5', '0x1f', '١٢', '1e400', ' 1'])
    expect(parseDecimal(text)).toBeUndefined()
})

test('sums and differences of decimals lose nothing', () => {
  const parts = ['0.1', '0.2', '112.42'].map(text => parseDecimal(text) ?? { units: 0n, scale: 0 })
  expect(sumDecimals(parts)).toEqual({ units: 11272n, scale: 2 })
  expect(subtractDecimals({ units: 5n, scale: 1 }, { units: 25n, scale: 2 })).toEqual({ units: 25n, scale: 2 })
})

test('dollars as people type them become cents; what is no amount above zero is refused', () => {
  expect(parseDollars('185')).toBe(18500n)
  expect(parseDollars(' $1,250.5 ')).toBe(125050n)
  for (const text of ['0', '0.00', '-5', '1.234', '12,34', 'abc', '', '1e3', '9999999999', '1000000.00'])
    expect(parseDollars(text)).toBeUndefined()
})

test('an amount written as a decimal reads back as the same amount', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 99_999_999n }), amount => {
      expect(parseDollars(decimalText(amount))).toBe(amount)
    }),
  )
})

test('a decimal is written as it was, and compared whatever its scale', () => {
  const read = (text: string): Decimal => parseDecimal(text) ?? { units: 0n, scale: 0 }
  expect(['75', '112.4160', '-0.5', '0.001', '0', '1E2'].map(text => exactText(read(text)))).toEqual([
    '75.00',
    '112.416',
    '-0.50',
    '0.001',
    '0.00',
    '100.00',
  ])
  expect(compareDecimals(read('1.10'), read('1.1'))).toBe(0)
  expect(compareDecimals(read('1.09999'), read('1.1'))).toBe(-1)
  expect(compareDecimals(read('-1'), read('-1.1'))).toBe(1)
  expect(apartDecimals(read('1'), read('1.005'))).toEqual(read('0.005'))
  expect(apartDecimals(read('1.005'), read('1'))).toEqual(read('0.005'))
})
