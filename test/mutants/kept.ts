import type { Mutation } from './mutations.ts'

/** Changes that once no test noticed, or that would cost somebody money: `npm run mutants -- --kept` tries these alone. */
export const kept: readonly Pick<Mutation, 'file' | 'context' | 'was' | 'becomes'>[] = [
  {
    file: 'src/returns/unwind.ts',
    context: 'if (taken > 0n) leaveBill(draft, source, { ...share, cents: taken })',
    was: '0n',
    becomes: '1n',
  },
  {
    file: 'src/returns/refundable.ts',
    context: "if (payment.status !== 'succeeded' || disputes.some(({ status }) => status === 'open')) return 0n",
    was: '0n',
    becomes: '1n',
  },
  {
    file: 'src/payments/pay.ts',
    context: 'if (rest === 0n || rest >= LEAST_CARD_CENTS) return used',
    was: '>=',
    becomes: '>',
  },
  {
    file: 'src/processor/stripe/stripe-objects.ts',
    context: 'captured: isPaid ? BigInt(charge.amount_captured) : 0n,',
    was: '0n',
    becomes: '1n',
  },
  {
    file: 'src/billing/post.ts',
    context: 'if (given <= 0n) continue',
    was: '0n',
    becomes: '1n',
  },
]

/** Those of these changes that the code still has a place for. Throws where one has none: the list is then not true any more. */
export function keptOf(all: readonly Mutation[]): Mutation[] {
  return kept.map(each => {
    const found = all.find(
      ({ file, context, was, becomes }) =>
        file === each.file && context === each.context && was === each.was && becomes === each.becomes,
    )
    if (!found) throw new Error(`${each.file} has no line any more like: ${each.context} (test/mutants/kept.ts)`)
    return found
  })
}
