import { expect, test } from 'vitest'
import { bundleOf, type Entry, mapText } from '../../../test/support/bundles.ts'
import { adjudication, ana, claim, explanation, item, usd } from '../../../test/support/claims.ts'

async function map(...entries: Entry[]) {
  return mapText(bundleOf([ana, ...entries]))
}

const answer = adjudication({ submitted: 100, eligible: 80, paidtoprovider: 60, coinsurance: 20 })

test('lines are matched by number, whatever their order; what is not answered waits', async () => {
  const asked = claim('1', {
    item: [item(1, 'Visit', { net: usd(50) }), item(2, 'X-ray (procedure)', { net: usd(100) })],
    total: usd(150),
  })
  const answered = explanation('e', '1', { item: [item(2, 'X-ray', { adjudication: answer }), item(1, 'Visit')] })
  const { bills, report } = await map(answered, asked)
  expect(bills[0]?.lines.map(line => [line.description, line.charged, line.patientShare, line.waiting])).toEqual([
    ['Visit', 5000n, 0n, true],
    ['X-ray', 10000n, 2000n, false],
  ])
  expect(report).toMatchObject({
    entries: 3,
    taken: 3,
    charges: 2,
    invoices: 1,
    money: {
      claimed: '150.00',
      charged: '150.00',
      insurancePaid: '60.00',
      discount: '20.00',
      patientShare: '20.00',
      waiting: '50.00',
    },
  })
})

test.each([
  ['nobody named', { insurance: [] }],
  ['no insurance by name', { insurance: [{ coverage: { display: 'NO_INSURANCE' } }] }],
  [
    'self-pay',
    {
      contained: [
        { resourceType: 'Coverage', id: 'c', type: { coding: [{ code: 'pay' }] }, payor: [{ display: 'Ana' }] },
      ],
      insurance: [{ coverage: { reference: '#c' } }],
    },
  ],
])('without insurance (%s) an unanswered line is the patient’s', async (_, more) => {
  const { report } = await map(claim('1', { ...more, item: [item(1, 'Visit', { net: usd(50) })], total: usd(80) }))
  expect(report.money).toMatchObject({ patientShare: '80.00', waiting: '0.00' })
  expect(report).toMatchObject({ charges: 2, invoices: 1 })
})

test('a total above the lines is one more line, named by the first item', async () => {
  const { bills } = await map(
    claim('1', { item: [item(1, 'Check up (procedure)'), item(2, 'Vaccine', { net: usd(20.5) })], total: usd(120.25) }),
  )
  expect(bills[0]?.lines.map(line => [line.sequence, line.description, line.charged])).toEqual([
    [0, 'Check up', 9975n],
    [2, 'Vaccine', 2050n],
  ])
})

test('a line that rounds to nothing is left out', async () => {
  const { bills } = await map(
    claim('1', { item: [item(1, 'Visit', { net: usd(5) }), item(2, 'Tape', { net: usd(0.004) })] }),
  )
  expect(bills[0]?.lines.map(line => [line.sequence, line.charged])).toEqual([[1, 500n]])
})

test('a price and a quantity are a net; units are whole', async () => {
  const { bills } = await map(
    claim('1', {
      item: [
        item(1, 'Gauze', { unitPrice: usd(1.25), quantity: { value: 4 } }),
        item(2, 'Saline', { net: usd(3), quantity: { value: 0.5 } }),
      ],
    }),
  )
  expect(bills[0]?.lines.map(line => [line.charged, line.units])).toEqual([
    [500n, 4],
    [300n, 1],
  ])
})

test('an explanation without its claim claims what its items say was submitted', async () => {
  const { report } = await map(explanation('e', 'elsewhere', { item: [item(1, 'Visit', { adjudication: answer })] }))
  expect(report.money).toMatchObject({ claimed: '100.00', charged: '100.00', patientShare: '20.00' })
})

const one = [item(1, 'Visit', { net: usd(100) })]
test.each([
  [
    'a share that does not add up',
    [
      claim('1', { item: one }),
      explanation('a', '1', {
        item: [
          item(1, 'Visit', {
            adjudication: adjudication({ submitted: 100, eligible: 80, paidtoprovider: 0, coinsurance: 20 }),
          }),
        ],
      }),
    ],
    "Neither what was allowed nor a discount explains what is left of it, 80.00, after the payment and the patient's share of 20.00 (charged 100.00; submitted 100.00, allowed 80.00, paid to the provider 0.00, coinsurance 20.00).",
  ],
  [
    'an answer to something else',
    [claim('1', { item: one }), explanation('a', '1', { item: [item(7, 'Visit', { adjudication: answer })] })],
    'Its explanation of benefit answers an item that the claim does not have.',
  ],
  [
    'a currency',
    [claim('1', { item: [item(1, 'Visit', { net: usd(100, 'EUR') })] })],
    'It is in EUR; this practice bills in USD.',
  ],
  ['doubled numbers', [claim('1', { item: [...one, ...one] })], 'Two of its items have the same number.'],
  [
    'a negative charge',
    [claim('1', { item: [item(1, 'Visit', { net: usd(-5) })] })],
    'It has a figure below zero: -5.00.',
  ],
  [
    'a charge beyond all orders',
    [claim('1', { item: [item(1, 'Visit', { net: usd(1_000_000) })] })],
    'It has a total above 999999.99: 1000000.00.',
  ],
  [
    'a patient elsewhere',
    [claim('1', { item: one, patient: { reference: 'Patient/bob' } })],
    'Its patient is not in this file.',
  ],
  ['no date', [claim('1', { item: one, created: undefined })], 'It names no date of service.'],
])('a claim with %s is held, and the rest of the file is taken', async (_, entries, why) => {
  const { report } = await map(...entries, claim('2', { item: one }))
  expect(report.held).toEqual([{ claim: 'http://payer.example/fhir/Claim/1', why }])
  expect(report).toMatchObject({ charges: 1, money: { charged: '100.00', waiting: '100.00' } })
})

test('a charge of the most that one order may name is taken', async () => {
  const { report } = await map(claim('1', { item: [item(1, 'Visit', { net: usd(999_999.99) })] }))
  expect(report).toMatchObject({ held: [], money: { charged: '999999.99' } })
})

test('what asks for no money is noted, not billed', async () => {
  const { report } = await map(
    claim('1', { use: 'preauthorization', item: one }),
    claim('2', { status: 'cancelled', item: one }),
  )
  expect(report.notes.map(note => note.why)).toEqual([
    'It is a preauthorization; nothing is billed.',
    'Its status is "cancelled"; nothing is billed.',
  ])
  expect(report).toMatchObject({ taken: 3, charges: 0, held: [] })
})

test('an explanation that is queued answers nothing yet', async () => {
  const { report } = await map(
    claim('1', { item: one }),
    explanation('a', '1', { outcome: 'queued', item: [item(1, 'Visit', { adjudication: answer })] }),
  )
  expect(report.money).toMatchObject({ waiting: '100.00', patientShare: '0.00' })
})

test('a patient without a whole birth date is skipped, and their claims are held', async () => {
  const vague = {
    fullUrl: 'urn:uuid:1',
    resource: { resourceType: 'Patient', name: [{ text: 'Jo Doe' }], birthDate: '1980-02' },
  }
  const { report } = await map(vague, claim('1', { item: one, patient: { reference: 'urn:uuid:1' } }))
  expect(report).toMatchObject({ entries: 3, taken: 2, skipped: { Patient: 1 }, patients: 1 })
  expect(report.held.map(held => held.why)).toEqual(['Its patient has no whole birth date or no name.'])
})
