import { type Cents, leastCents } from '../kernel/money.ts'

/** How an amount falls on bills in their order: each is filled before the next gets anything; `rest` is left over. */
export function spread(open: readonly Cents[], amount: Cents): { parts: Cents[]; rest: Cents } {
  let rest = amount
  const parts = open.map(owed => {
    const part = leastCents(owed, rest)
    rest -= part
    return part
  })
  return { parts, rest }
}

/** Credit is used before a card is charged. */
export function charge(amount: Cents, credit: Cents): { used: Cents; charged: Cents } {
  const used = leastCents(amount, credit)
  return { used, charged: amount - used }
}
