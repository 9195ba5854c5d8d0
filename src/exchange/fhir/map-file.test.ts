import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bundleOf, type Entry, mapText } from '../../../test/support/bundles.ts'

const ANA = 'http://payer.example/fhir/Patient/ana'
const patient: Entry = {
  fullUrl: ANA,
  resource: {
    resourceType: 'Patient',
    id: 'ana',
    name: [{ family: 'Ro', given: ['Ana', 'Mia'] }],
    birthDate: '1980-02-29',
    gender: 'female',
  },
}

function usd(value: number, currency = 'USD') {
  return { value, currency }
}

function item(sequence: number, text: string, more: object = {}) {
  return { sequence, productOrService: { text }, ...more }
}

function adjudication(amounts: Record<string, number>) {
  return Object.entries(amounts).map(([code, value]) => ({ category: { coding: [{ code }] }, amount: usd(value) }))
}

/** A claim of Ana's as an entry; insured unless it says otherwise. */
function claim(id: string, more: object): Entry {
  const resource = {
    resourceType: 'Claim',
    id,
    status: 'active',
    use: 'claim',
    patient: { reference: 'Patient/ana' },
    created: '2024-03-01',
    insurance: [{ focal: true, coverage: { display: 'Aetna' } }],
  }
  return { fullUrl: `http://payer.example/fhir/Claim/${id}`, resource: { ...resource, ...more } }
}

function explanation(id: string, claimId: string, more: object): Entry {
  const { resource } = claim(id, more)
  return {
    fullUrl: `http://payer.example/fhir/ExplanationOfBenefit/${id}`,
    resource: {
      outcome: 'complete',
      ...(resource as object),
      resourceType: 'ExplanationOfBenefit',
      claim: { reference: `Claim/${claimId}` },
    },
  }
}

async function map(...entries: Entry[]) {
  return mapText(bundleOf([patient, ...entries]))
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
    'two answers',
    [
      claim('1', { item: one }),
      explanation('a', '1', { item: [item(1, 'Visit', { adjudication: answer })] }),
      explanation('b', '1', { item: [item(1, 'Visit', { adjudication: answer })] }),
    ],
    '2 explanations of benefit answer it.',
  ],
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
    'What is left for the patient (80.00) is not what the insurer says is theirs (20.00).',
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
  ['a negative charge', [claim('1', { item: [item(1, 'Visit', { net: usd(-5) })] })], 'It has a charge below zero.'],
  [
    'a charge beyond all orders',
    [claim('1', { item: [item(1, 'Visit', { net: usd(1_000_000) })] })],
    'It has a charge above 999999.99.',
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

test('explanations of other systems stand alone and are read by their own codes', async () => {
  const read = (name: string) => JSON.parse(readFileSync(`test/data/fhir/${name}`, 'utf8'))
  const owned = (name: string): Entry => ({
    fullUrl: `http://payer.example/fhir/ExplanationOfBenefit/${name}`,
    resource: { ...read(name), patient: { reference: 'Patient/ana' }, created: '2024-03-01' },
  })
  const { report, bills } = await map(
    owned('ExplanationOfBenefit-EOBPharmacy1.json'),
    owned('ExplanationOfBenefit-EOBOutpatient1.json'),
    owned('eobReadCarrier.json'),
  )
  const pharmacy = bills.find(bill => bill.lines.some(line => !line.waiting))
  expect(pharmacy?.lines.find(line => !line.waiting)).toMatchObject({
    charged: 100000n,
    insurancePaid: 2000n,
    discount: 90000n,
    patientShare: 8000n,
  })
  expect(report.held.map(held => held.why)).toEqual([
    'What is left for the patient (10.34) is not what the insurer says is theirs (9.57).',
  ])
})
