import fc from 'fast-check'

export const CARDS = ['works', 'works', 'declined', 'asks', 'asks', 'hosted', 'kept', 'saved', 'disputed'] as const

/** A share of what is owed or left, in percent: often all of it, or half as much again. */
const share = fc.oneof(fc.integer({ min: 1, max: 125 }), fc.constantFrom(100, 150))
const which = fc.nat({ max: 9 })
/** How Portico learns of what happens at the processor: by its event, by looking, or not yet. */
const told = fc.constantFrom('event', 'look', 'later')

/** Every act that moves money, with what it is told; a weight is how often. */
const ACTS = {
  pay: [7, { share, card: fc.constantFrom(...CARDS), bill: which, times: fc.integer({ min: 1, max: 3 }) }],
  tabs: [2, { share, other: share }],
  desk: [2, { share, kind: fc.constantFrom('cash', 'cheque') }],
  finish: [3, { which, outcome: fc.constantFrom('complete', 'fail', 'abandon') }],
  bill: [2, { whose: fc.nat({ max: 1 }), cents: fc.integer({ min: 50, max: 6000 }) }],
  lower: [2, { which, share: fc.integer({ min: 1, max: 100 }) }],
  withdraw: [1, { which }],
  post: [2, { which, times: fc.integer({ min: 1, max: 2 }) }],
  refund: [5, { which, share, reopens: fc.boolean(), times: fc.integer({ min: 1, max: 3 }) }],
  refundFails: [2, { which, told }],
  outside: [
    3,
    {
      which,
      share: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant(100)),
      told,
      isPending: fc.boolean(),
      decided: fc.constantFrom('not yet', 'owed again', 'written off'),
    },
  ],
  dispute: [
    4,
    {
      which,
      share: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant(100)),
      told,
      until: fc.constantFrom('opened', 'won', 'lost', 'owed again', 'written off'),
    },
  ],
  verdict: [1, { which, isWon: fc.boolean(), told }],
  book: [2, { which, reopens: fc.boolean() }],
  events: [1, { which, copies: fc.integer({ min: 1, max: 3 }), order: fc.nat() }],
  recover: [1, {}],
} as const satisfies Record<string, readonly [weight: number, told: Record<string, fc.Arbitrary<unknown>>]>

type Told<T> = { [K in keyof T]: T[K] extends fc.Arbitrary<infer A> ? A : never }
export type Acts = { [A in keyof typeof ACTS]: { act: A } & Told<(typeof ACTS)[A][1]> }
export type Act = Acts[keyof Acts]

const arbitrary = Object.entries(ACTS).map(([act, [weight, fields]]) => ({
  weight,
  arbitrary: fc.record({ act: fc.constant(act), ...fields }) as fc.Arbitrary<unknown> as fc.Arbitrary<Act>,
}))

const pay = { act: 'pay', card: 'works', bill: 0, times: 1 } as const

/** Where returns have most to get wrong: a payment left credit, and another used it beside a card. */
const CREDIT_USED: readonly Act[] = [
  { ...pay, share: 150 },
  { act: 'post', which: 0, times: 1 },
  { act: 'bill', whose: 0, cents: 6000 },
  { ...pay, share: 100 },
]

/** A sequence of acts; fast-check shrinks one that breaks a law to what is needed for it. */
export const sequences: fc.Arbitrary<Act[]> = fc
  .tuple(
    fc.constantFrom<readonly Act[]>([], CREDIT_USED),
    fc.array(fc.oneof(...arbitrary), { minLength: 1, maxLength: 10 }),
  )
  .map(([opening, acts]) => [...opening, ...acts])
