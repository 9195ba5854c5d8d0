import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bundleOf, type Entry, mapText } from '../../../test/support/bundles.ts'
import { ana, claim, item, usd } from '../../../test/support/claims.ts'
import { decimalText } from '../../kernel/money.ts'

/* The small files of test/data/cases, each with what its README says is right; then answers that other systems wrote. */

async function come(content: string) {
  const { bills, report } = await mapText(content)
  return {
    lines: bills
      .flatMap(({ lines }) =>
        lines.map(({ charged, patientShare: share, waiting }) => [charged, waiting ? 'waits' : share]),
      )
      .flatMap(each => each.map(cents => (typeof cents === 'bigint' ? decimalText(cents) : cents)).join(' ')),
    told: bills.map(({ paidBefore, paidToPatient }) => [paidBefore, paidToPatient].map(decimalText).join(' ')).join(),
    held: report.held.map(one => one.why),
    notes: report.notes.map(one => one.why),
  }
}

const fileOf = (name: string) => come(readFileSync(`test/data/cases/${name}.json`, 'utf8'))
const taken = (lines: string[], { told = '0.00 0.00', notes = [] as string[] } = {}) => ({
  lines,
  told,
  held: [],
  notes,
})
const held = (why: string) => ({ lines: [], told: '', held: [why], notes: [] })

test.each([
  ['b1-rounding-up', taken(['33.34 33.34', '33.34 33.34', '33.33 33.33'])],
  ['b1-rounding-down', taken(['33.34 33.34', '33.33 33.33', '33.33 33.33'])],
  ['b1-rounding-1-144', taken(['1.15 1.15', '2.14 2.14'])],
  ['b7-prior-payer', taken(['500.00 50.00'])],
  [
    'b7-paid-by-patient',
    taken(['200.00 30.00'], {
      told: '30.00 0.00',
      notes: ['The insurer says that the patient paid 30.00 before: so much of the share is closed.'],
    }),
  ],
  [
    'd1-denied-zero-paid',
    held(
      'It was denied, and the insurer does not say whose it is (charged 120.00; submitted 120.00, allowed 0.00, paid to the provider 0.00, discount 0.00, not covered 120.00).',
    ),
  ],
  [
    'd2-paid-to-patient',
    taken(['300.00 300.00'], {
      told: '0.00 150.00',
      notes: ['The insurer sent 150.00 to the patient, not to the practice.'],
    }),
  ],
  ['b8-header-adjudication', taken(['1000.00 150.00'])],
  ['d3-1-first', taken(['200.00 50.00'])],
  ['d3-2-corrected', taken(['200.00 20.00'])],
  ['b10-future', held('Its service is more than a year ahead: 2126-08-20.')],
  ['b14-stu3-eur', held('It is in EUR; this practice bills in USD.')],
  ['b14-r5-self-pay', taken(['100.00 100.00'])],
  ['b14-r5-insurer', taken(['100.00 waits'])],
  ['b22-many-lines', taken(Array.from({ length: 120 }, () => '1.01 1.01'))],
  ['d7-exponent', taken(['100.00 100.00'])],
  ['b15-two-eobs', taken(['1000.00 50.00'])],
  ['b16-negative-line', held('It has a figure below zero: -20.00.')],
  [
    'b17-total-below',
    taken(['136.00 136.00', '431.40 431.40', '431.40 431.40'], {
      notes: ["The claim's total, 704.20, is below the sum of its lines, 998.80; the lines stand."],
    }),
  ],
  ['b18-zero-patient', taken(['150.00 0.00'])],
  ['b24-fraction', taken(['45.48 45.48'])],
  ['d8-million', held('It has a total above 999999.99: 1234567.89.')],
  [
    'b9-2-entered-in-error',
    { lines: [], told: '', held: [], notes: ['Its status is "entered-in-error"; nothing is billed.'] },
  ],
])('%s', async (name, right) => {
  expect(await fileOf(name)).toEqual(right)
})

test('a service is at most a year ahead', async () => {
  const on = (day: string) =>
    come(bundleOf([ana, claim('1', { item: [item(1, 'Visit', { net: usd(5), servicedDate: day })] })]))
  expect((await on('2027-11-20')).lines).toEqual(['5.00 waits'])
  expect((await on('2027-11-21')).held).toEqual(['Its service is more than a year ahead: 2027-11-21.'])
})

test('what the patient paid before is at most their share', async () => {
  const text = readFileSync('test/data/cases/b7-paid-by-patient.json', 'utf8')
  const paying = (amount: string) =>
    come(text.replace(/("paidbypatient"[^}]*?\}\s*\]\s*\},\s*"amount": \{\s*"value": )30/, `$1${amount}`))
  expect((await paying('30.00')).told).toBe('30.00 0.00')
  expect((await paying('30.01')).held).toEqual([
    'The insurer says that the patient paid 30.01, which is more than their share of 30.00.',
  ])
})

test.each([
  [
    'ExplanationOfBenefit-EOBInpatient1',
    held(
      'The insurer says neither what it allowed nor what it took off (charged 2650.00; submitted 2650.00, paid to the provider 620.00, paid by the patient 0.00).',
    ),
  ],
  [
    'ExplanationOfBenefit-EOBOutpatient1',
    held(
      'The insurer says neither what it allowed nor what it took off (charged 2650.00; submitted 2650.00, paid to the provider 620.00, paid by the patient 0.00).',
    ),
  ],
  ['ExplanationOfBenefit-EOBOral1', taken(['410.00 0.00'])],
  [
    'ExplanationOfBenefit-EOBPharmacy1',
    held('For the whole claim the insurer says paid to the provider 620.00, but its lines come to 20.00.'),
  ],
  ['ExplanationOfBenefit-Carrier', held(expect.stringContaining('CLM_BLOOD_LBLTY_AMT 121.10'))],
  [
    'ExplanationOfBenefit-Outpatient',
    held(expect.stringContaining('It has a figure below zero: paid to the provider -91.00.')),
  ],
  [
    'ExplanationOfBenefit-Pharmacy',
    held(
      'It has amounts of a kind that is not known here: CLM_LINE_LIS_AMT 10.00, CLM_LINE_PLRO_AMT 1.00, CLM_LINE_RPTD_GAP_DSCNT_AMT 10.00, CLM_LINE_NCVRD_PD_AMT 10.08, CLM_LINE_OTHR_TP_PD_AMT 10.05, CLM_OTHR_TP_PD_AMT 100.00.',
    ),
  ],
  ['eobReadCarrier', taken(['75.00 9.57'])],
  [
    'eobReadPde',
    held(
      'The insurer names two amounts as coinsurance: 995.34 and 15.25. The insurer names two amounts as paid by a prior payer: 17.30 and 42.42. The insurer names two amounts as discount: 122.23 and 317.22.',
    ),
  ],
])('an answer of another system: %s', async (name, right) => {
  const resource = JSON.parse(readFileSync(`test/data/fhir/${name}.json`, 'utf8'))
  const entry: Entry = {
    fullUrl: `http://payer.example/fhir/ExplanationOfBenefit/${name}`,
    resource: { ...resource, patient: { reference: 'Patient/ana' }, created: '2024-03-01' },
  }
  expect(await come(bundleOf([ana, entry]))).toEqual(right)
})
