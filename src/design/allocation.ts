import { type Cents, LEAST_CARD_CENTS, leastCents } from '../kernel/money.ts'

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

/** Credit is used before a card is charged, but never so much that what is left is too little for a card: the server's own rule. */
export function charge(amount: Cents, credit: Cents): { used: Cents; charged: Cents } {
  const rest = amount - leastCents(amount, credit)
  const charged = rest > 0n && rest < LEAST_CARD_CENTS ? leastCents(amount, LEAST_CARD_CENTS) : rest
  return { used: amount - charged, charged }
}

/** An amount that can be paid: none where it could not be read, or where it is more than the most there is to pay. */
export function payable(amount: Cents | undefined, most: Cents | undefined): Cents | undefined {
  return amount !== undefined && most !== undefined && amount > most ? undefined : amount
}
