import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amountsOf, decimal, says } from '../../../test/support/answers.ts'
import { roundHalfUp } from '../../kernel/money.ts'
import type { Answer } from './adjudications.ts'
import { Held, inCents, isAnswered, judge, type LineMoney, unanswered } from './bill-line.ts'

/** What an answer makes of a line that was charged as it was submitted, or so much. */
function answered(answer: Answer, charge?: string): LineMoney {
  const judged = judge(answer, charge === undefined ? null : decimal(charge))
  return inCents(judged, roundHalfUp(judged.charged))
}

/** `paid discount share`, or why it is held. */
function told(figures: Parameters<typeof says>[0], charge?: string): string {
  try {
    const { insurancePaid, discount, patientShare } = answered(says(figures), charge)
    return [insurancePaid, discount, patientShare].map(cents => Number(cents) / 100).join(' ')
  } catch (error) {
    if (error instanceof Held) return error.message.replace(/ \(.*\)\.$/, '')
    throw error
  }
}

const DENIED = 'It was denied, and the insurer does not say whose it is'
const UNPAID = 'The insurer does not say what it paid'
const WHOSE = 'The insurer does not say whose it is what it does not cover'
const CAPITATION = "The insurer says that nothing is the patient's, but it paid other than it allowed"
const left = (amount: string, share: string) =>
  `Neither what was allowed nor a discount explains what is left of it, ${amount}, after the payment and the patient's share of ${share}`

test.each<[string, Parameters<typeof says>[0], string]>([
  // 2. What was paid.
  [
    'the payment to the provider comes before the benefit',
    { submitted: 100, allowed: 100, paid: 60, benefit: 90, copay: 40 },
    '60 0 40',
  ],
  [
    'the benefit less what the patient got of it',
    { submitted: 100, allowed: 100, benefit: 90, paidToPatient: 30, copay: 40 },
    '60 0 40',
  ],
  [
    'more to the patient than the benefit',
    { submitted: 100, allowed: 100, benefit: 30, paidToPatient: 30.01, copay: 70 },
    'The insurer sent the patient more than its benefit',
  ],
  ['a prior payer counts', { submitted: 500, allowed: 400, priorPaid: 250, paid: 100 }, '350 100 50'],
  [
    'paid to the patient pays nothing',
    { submitted: 300, allowed: 200, paidToPatient: 150, memberLiability: 300 },
    '0 0 300',
  ],
  // 3. Denied.
  ['denied, and nobody says whose', { submitted: 120, allowed: 0, paid: 0, noncovered: 120, discount: 0 }, DENIED],
  ['denied without an allowed amount', { submitted: 120, paid: 0, deductible: 0 }, DENIED],
  [
    'denied, and said to be the patient’s',
    { submitted: 120, allowed: 0, paid: 0, noncovered: 120, theirs: true },
    '0 0 120',
  ],
  [
    'denied, and a cent of it the patient’s',
    { submitted: 120, allowed: 0, paid: 0, deductible: 0.01 },
    '0 119.99 0.01',
  ],
  [
    'denied, with the member’s liability stated as none',
    { submitted: 120, allowed: 0, paid: 0, memberLiability: 0 },
    '0 120 0',
  ],
  // 4. and 5. The share is stated.
  [
    'member liability comes before the parts',
    { submitted: 200, allowed: 150, paid: 100, memberLiability: 50, copay: 20 },
    '100 50 50',
  ],
  [
    'the parts add up',
    { submitted: 200, allowed: 150, paid: 100, deductible: 20, copay: 10, coinsurance: 20 },
    '100 50 50',
  ],
  ['nothing left over is no discount', { submitted: 100, paid: 70, copay: 30 }, '70 0 30'],
  ['a cent left over goes to the share', { submitted: 100, paid: 70, copay: 29.99 }, '70 0 30'],
  [
    'of two explanations the nearer one',
    { submitted: 100, allowed: 99.99, paid: 60, coinsurance: 39.99 },
    '60 0.01 39.99',
  ],
  ['of two as near, none', { submitted: 100, discount: 0.02, paid: 60, copay: 39.99 }, '60 0 40'],
  ['near is near on both sides', { submitted: '100.006', discount: '0.013', paid: 60, copay: 40 }, '60 0 40.01'],
  [
    'a discount that rounding eats is none',
    { submitted: '50.012', allowed: 50.01, paid: 25.005, coinsurance: 25.005 },
    '25.01 0 25',
  ],
  ['two cents left over are nobody’s', { submitted: 100, paid: 70, copay: 29.98 }, left('0.02', '29.98')],
  [
    'the discount is what was not allowed',
    { submitted: 100, allowed: 80, paid: 60, coinsurance: 20.01 },
    '60 19.99 20.01',
  ],
  [
    'two cents beside what was not allowed',
    { submitted: 100, allowed: 80, paid: 60, coinsurance: 20.02 },
    left('19.98', '20.02'),
  ],
  ['the discount as stated', { submitted: 1000, discount: 900, paid: 20, memberLiability: 80 }, '20 900 80'],
  [
    'two cents beside the stated discount',
    { submitted: 1000, discount: 900, paid: 20, memberLiability: 79.98 },
    left('900.02', '79.98'),
  ],
  ['what is merely left over is not written off', { submitted: 100, paid: 70, copay: 10 }, left('20.00', '10.00')],
  [
    'a reduction with a code of its own',
    { submitted: 200, allowed: 150, paid: 117.6, coinsurance: 30, off: { 'CO-253': 2.4 } },
    '117.6 52.4 30',
  ],
  ['reductions explain it alone', { submitted: 200, paid: 120, coinsurance: 30, off: { 'CO-45': 50 } }, '120 50 30'],
  [
    'sequestration is two percent of what is allowed less the share',
    { submitted: 75, allowed: 47.84, paid: 37.5, deductible: 0, coinsurance: 9.57 },
    '37.5 27.93 9.57',
  ],
  [
    'a cent less than sequestration',
    { submitted: 200, allowed: 150, paid: 117.59, coinsurance: 30 },
    '117.59 52.41 30',
  ],
  [
    'two cents less than sequestration',
    { submitted: 200, allowed: 150, paid: 117.58, coinsurance: 30 },
    left('52.42', '30.00'),
  ],
  [
    'paid more than it charged',
    { submitted: 100, allowed: 120, paid: 100, coinsurance: 20 },
    'The discount would be below zero',
  ],
  ['paid what it allowed', { submitted: 150, allowed: 110, paid: 110, deductible: 0 }, '110 40 0'],
  ['paid a cent less than it allowed', { submitted: 150, allowed: 110, paid: 109.99, deductible: 0 }, '109.99 40.01 0'],
  [
    'a cent that is the patient’s is a share',
    { submitted: 100, allowed: 50, paid: 49.98, copay: 0.01 },
    '49.98 50.01 0.01',
  ],
  // 6. The share is what was allowed and not paid.
  ['paid two cents less than it allowed', { submitted: 150, allowed: 110, paid: 109.98, deductible: 0 }, CAPITATION],
  [
    'capitation: nothing paid and nothing the patient’s',
    { submitted: 150, allowed: 110, paid: 0, copay: 0, coinsurance: 0 },
    CAPITATION,
  ],
  ['no part stated', { submitted: 150, allowed: 110, paid: 80 }, '80 40 30'],
  ['a discount of a cent', { submitted: 100, allowed: 99.99, paid: 60 }, '60 0.01 39.99'],
  [
    'without a discount the share takes what rounding leaves',
    { submitted: '20.008', allowed: '20.008', paid: '10.004' },
    '10 0 10.01',
  ],
  ['a zero payment is not paid', { submitted: 80, allowed: 80, paid: 0 }, '0 0 80'],
  ['no payment stated', { submitted: 80, allowed: 80, noncovered: 0 }, UNPAID],
  ['no payment but a deductible stated', { submitted: 80, allowed: 80, deductible: 80 }, '0 0 80'],
  ['not covered and nobody’s', { submitted: 100, allowed: 80, paid: 60, noncovered: 0.01 }, WHOSE],
  ['not covered and nothing of it', { submitted: 100, allowed: 80, paid: 60, noncovered: 0 }, '60 20 20'],
  ['not covered and theirs', { submitted: 100, allowed: 80, paid: 80, noncovered: 20, theirs: true }, '80 0 20'],
  [
    'a reduction lowers the share and raises the discount',
    { submitted: 100, allowed: 80, paid: 60, off: { 'CO-253': 5 } },
    '60 25 15',
  ],
  ['without an allowed amount the discount leaves the share', { submitted: 410, paid: 350, discount: 60 }, '350 60 0'],
  [
    'neither allowed nor discount',
    { submitted: 2650, paid: 620 },
    'The insurer says neither what it allowed nor what it took off',
  ],
  ['paid more than it allowed', { submitted: 100, allowed: 80, paid: 80.02 }, 'The insurer paid more than it allowed'],
  ['allowed more than it charged', { submitted: 100, allowed: 100.01, paid: 60 }, 'The discount would be below zero'],
])('%s', (_, figures, outcome) => {
  expect(told(figures)).toBe(outcome)
})

test('what was submitted is compared with what was charged, not taken for it', () => {
  const line = { allowed: 80, paid: 60, coinsurance: 20 }
  expect(told({ ...line, submitted: 100 }, '100')).toBe('60 20 20')
  expect(told(line, '100')).toBe('60 20 20')
  expect(told({ ...line, submitted: 90 }, '100')).toBe(left('20.00', '20.00'))
  expect(told({ submitted: 90, allowed: 80, paid: 60 }, '100')).toBe(
    'What the insurer paid and took off and what is left for the patient, 20.00, are not what was charged',
  )
})

test('every figure is named by what is held', () => {
  const figures = says({ submitted: 100, allowed: 80, paid: 60, coinsurance: 20.02, off: { 'CO-45': 1 } })
  expect(() => judge(figures, null)).toThrow(
    '(charged 100.00; submitted 100.00, allowed 80.00, paid to the provider 60.00, coinsurance 20.02, CO-45 1.00).',
  )
})

test('a payment and a share round half up by themselves, and the discount is what is left', () => {
  const figures = { submitted: 140.52, allowed: 140.52, paid: '112.41600000000001', coinsurance: '28.104000000000003' }
  expect(told(figures)).toBe('112.42 0 28.1')
  expect(told({ submitted: 100, allowed: 50.01, paid: 25.005, coinsurance: 25.005 })).toBe('25.01 49.98 25.01')
  expect(told({ submitted: 50.01, allowed: 50.01, paid: 25.005, coinsurance: 25.005 })).toBe('25.01 0 25')
})

test('what an earlier payer’s own answer paid counts, and not again what this one says of it', () => {
  const second = says({ submitted: 1000, allowed: 600, priorPaid: 400, paid: 150, coinsurance: 50 })
  expect(judge(second, null).paid).toEqual(decimal('550'))
  expect(judge(second, null, decimal('400')).paid).toEqual(decimal('550'))
})

test('what was only asked and allowed, or paid by the patient, is no answer; what nobody insures is the patient’s', () => {
  expect(isAnswered(says({ submitted: 80, allowed: 80, paidByPatient: 20 }))).toBe(false)
  expect(isAnswered(says({ paidToPatient: 20 }))).toBe(true)
  expect(isAnswered(says({ off: { 'CO-45': 1 } }))).toBe(true)
  expect(unanswered(12916n, true)).toMatchObject({ charged: 12916n, patientShare: 0n, waiting: true })
  expect(unanswered(12916n, false)).toMatchObject({ charged: 12916n, patientShare: 12916n, waiting: false })
})

const amount = fc.option(
  fc
    .tuple(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 0, max: 999 }))
    .map(([cents, beyond]) => ({ units: BigInt(cents) * 1000n + BigInt(beyond), scale: 5 })),
  { nil: undefined },
)

test('whatever an insurer says, a line is held or adds up, with nothing below zero', () => {
  fc.assert(
    fc.property(amountsOf(amount), fc.boolean(), amount, (amounts, isNoncoveredTheirs, charge) => {
      try {
        const { charged, insurancePaid, discount, patientShare, waiting } = (() => {
          const judged = judge({ ...says({}), amounts, isNoncoveredTheirs }, charge ?? null)
          return inCents(judged, roundHalfUp(judged.charged))
        })()
        expect(insurancePaid + discount + patientShare).toBe(charged)
        expect([charged, insurancePaid, discount, patientShare].every(part => part >= 0n)).toBe(true)
        expect(waiting).toBe(false)
        expect(charged).toBe(roundHalfUp(charge ?? amounts.submitted ?? decimal('0')))
      } catch (error) {
        expect(error).toBeInstanceOf(Held)
      }
    }),
    { numRuns: 2000 },
  )
})

test('an answer that agrees to the cent is never held, unless nothing was allowed and nothing is the patient’s', () => {
  const cents = fc.bigInt({ min: 0n, max: 1_000_000n })
  fc.assert(
    fc.property(cents, cents, fc.bigInt({ min: 1n, max: 1_000_000n }), (paid, off, own) => {
      const money = (units: bigint) => ({ units, scale: 2 })
      const amounts = {
        submitted: money(paid + off + own),
        allowed: money(paid + own),
        paid: money(paid),
        coinsurance: money(own),
      }
      expect(answered({ ...says({}), amounts })).toMatchObject({
        insurancePaid: paid,
        discount: off,
        patientShare: own,
      })
    }),
  )
})
