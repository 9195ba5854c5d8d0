import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Decimal, parseDecimal, roundHalfUp } from '../../kernel/money.ts'
import type { Answer, Said } from './adjudications.ts'
import { answered, Held, isAnswered, unanswered } from './bill-line.ts'

function decimal(text: string): Decimal {
  return parseDecimal(text) ?? { units: 0n, scale: 0 }
}

function says(amounts: Partial<Record<Said, string>>): Answer {
  const entries = Object.entries(amounts).map(([said, text]) => [said, decimal(text)])
  return { amounts: Object.fromEntries(entries), doubled: null, currencies: [] }
}

test('the patient’s share is what insurance neither paid nor took off', () => {
  const answer = says({ submitted: '200', allowed: '150', paid: '120', deductible: '0', coinsurance: '30' })
  expect(answered(answer, null)).toEqual({
    charged: 20000n,
    insurancePaid: 12000n,
    discount: 5000n,
    patientShare: 3000n,
    waiting: false,
  })
})

test('amounts with more digits than cents are rounded half-up, each by itself', () => {
  const answer = says({
    submitted: '140.52',
    allowed: '140.52',
    paid: '112.41600000000001',
    coinsurance: '28.104000000000003',
  })
  expect(answered(answer, null)).toMatchObject({ insurancePaid: 11242n, patientShare: 2810n })
})

test('a share that is not what the insurer says is the patient’s is held, beyond a cent', () => {
  const line = { submitted: '100', allowed: '80', paid: '60' }
  expect(answered(says({ ...line, coinsurance: '20.01' }), null).patientShare).toBe(2000n)
  expect(() => answered(says({ ...line, coinsurance: '20.02' }), null)).toThrow(Held)
  expect(() => answered(says({ ...line, deductible: '10', coinsurance: '5', copay: '4' }), null)).toThrow(
    'What is left for the patient (20.00) is not what the insurer says is theirs (19.00).',
  )
})

test('a missing or zero payment never means paid', () => {
  expect(answered(says({ submitted: '80', allowed: '80', paid: '0' }), null).patientShare).toBe(8000n)
  expect(answered(says({ submitted: '80', allowed: '80', deductible: '80' }), null).patientShare).toBe(8000n)
  expect(() => answered(says({ submitted: '80', allowed: '80', paid: '0', coinsurance: '16' }), null)).toThrow(Held)
})

test('where no allowed amount is named, the other words must tell what was taken off', () => {
  const pharmacy = says({ submitted: '1000', discount: '900', paid: '20', memberLiability: '80' })
  expect(answered(pharmacy, null)).toMatchObject({ discount: 90000n, insurancePaid: 2000n, patientShare: 8000n })
  expect(answered(says({ submitted: '100', paid: '70', copay: '10' }), null)).toMatchObject({
    discount: 2000n,
    patientShare: 1000n,
  })
  expect(() => answered(says({ submitted: '100', paid: '70' }), null)).toThrow(
    'The insurer does not say what it allowed.',
  )
})

test('what was only asked and allowed is no answer; what nobody insures is the patient’s', () => {
  expect(isAnswered(says({ submitted: '80', allowed: '80' }))).toBe(false)
  expect(isAnswered(null)).toBe(false)
  expect(unanswered(decimal('129.16'), true)).toMatchObject({ charged: 12916n, patientShare: 0n, waiting: true })
  expect(unanswered(decimal('129.16'), false)).toMatchObject({ charged: 12916n, patientShare: 12916n, waiting: false })
})

const amount = fc.option(
  fc
    .tuple(fc.integer({ min: -50, max: 50_000 }), fc.integer({ min: 0, max: 999 }))
    .map(([cents, beyond]) => ({ units: BigInt(cents) * 1000n + BigInt(beyond), scale: 5 })),
  { nil: undefined },
)
const said = fc.record({
  submitted: amount,
  allowed: amount,
  paid: amount,
  benefit: amount,
  discount: amount,
  deductible: amount,
  coinsurance: amount,
  copay: amount,
  memberLiability: amount,
  noncovered: amount,
})

test('whatever an insurer says, a line is held or adds up, with nothing below zero', () => {
  fc.assert(
    fc.property(said, amount, (amounts, asked) => {
      const answer: Answer = { amounts, doubled: null, currencies: [] }
      try {
        const { charged, insurancePaid, discount, patientShare, waiting } = answered(answer, asked ?? null)
        expect(insurancePaid + discount + patientShare).toBe(charged)
        expect([charged, insurancePaid, discount, patientShare].every(part => part >= 0n)).toBe(true)
        expect(waiting).toBe(false)
        expect(charged).toBe(roundHalfUp(amounts.submitted ?? asked ?? decimal('0')))
      } catch (error) {
        expect(error).toBeInstanceOf(Held)
      }
    }),
    { numRuns: 2000 },
  )
})

test('an answer that agrees to the cent is never held', () => {
  const cents = fc.bigInt({ min: 0n, max: 1_000_000n })
  fc.assert(
    fc.property(cents, cents, cents, (paid, off, own) => {
      const money = (units: bigint): Decimal => ({ units, scale: 2 })
      const amounts = {
        submitted: money(paid + off + own),
        allowed: money(paid + own),
        paid: money(paid),
        coinsurance: money(own),
      }
      expect(answered({ amounts, doubled: null, currencies: [] }, null)).toMatchObject({
        insurancePaid: paid,
        discount: off,
        patientShare: own,
      })
    }),
  )
})
