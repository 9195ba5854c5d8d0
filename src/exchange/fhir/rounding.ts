import {
  apartDecimals,
  type Cents,
  compareDecimals,
  type Decimal,
  subtractDecimals,
  sumCents,
  ZERO,
} from '../../kernel/money.ts'

/**
 * Exact amounts in cents that add up to a total: each is cut to whole cents, and what is left of the total goes to them
 * a cent at a time by largest remainder, first one first; what is missing is taken in the reverse order, never below zero.
 */
export function apportion(amounts: readonly Decimal[], total: Cents): Cents[] {
  const cents = amounts.map(({ units, scale }) => (units * 100n) / 10n ** BigInt(scale))
  const rest = amounts.map((amount, i) => subtractDecimals(amount, { units: cents[i] ?? 0n, scale: 2 }))
  const order = [...amounts.keys()].sort((a, b) => compareDecimals(rest[b] ?? ZERO, rest[a] ?? ZERO) || a - b)
  let left = total - sumCents(cents)
  const turns = left < 0n ? order.reverse() : order
  for (let turn = 0; left !== 0n && turns.length > 0; turn++) {
    const place = turns[turn % turns.length] ?? 0
    const had = cents[place] ?? 0n
    if (left < 0n && had === 0n) continue
    cents[place] = had + (left > 0n ? 1n : -1n)
    left -= left > 0n ? 1n : -1n
  }
  return cents
}

/** How a total stands to the sum of so many lines: the same to within half a cent for each line, above it, or below. */
export function compareTotal(total: Decimal, sum: Decimal, lines: number): 'same' | 'above' | 'below' {
  const most = { units: BigInt(lines) * 5n, scale: 3 }
  if (compareDecimals(apartDecimals(total, sum), most) <= 0) return 'same'
  return compareDecimals(total, sum) > 0 ? 'above' : 'below'
}
