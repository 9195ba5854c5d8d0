import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sourceOf } from '../../test/support/bundles.ts'
import { billed, claimEntry, emptyPractice, patientEntry, patientsOf } from '../../test/support/imports.ts'
import { imbalance, makeWorld, query, type World } from '../../test/support/world.ts'
import { system } from '../kernel/actor.ts'
import type { Practice } from '../practice/practices.ts'
import type { Source } from './fhir/formats.ts'
import { importSet } from './import-fhir.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

const takeSet = (practice: Practice, ...sources: Source[]) => importSet(world.app, system(practice.id, 'test'), sources)

/** Resources as a file with one a line. */
function lines(name: string, resources: readonly unknown[], { end = '\n', size = 65_536 } = {}): Source {
  return sourceOf(resources.map(one => JSON.stringify(one) + end).join(''), { name, size })
}

const ada = patientEntry('Ada', 'Bell').resource
const ben = patientEntry('Ben', 'Cole', { id: '2' }).resource
const insurance = [{ focal: true, coverage: { reference: 'Coverage/9' } }]
const coverage = {
  resourceType: 'Coverage',
  id: '9',
  status: 'active',
  beneficiary: { reference: 'Patient/1' },
  payor: [{ display: 'Aetna' }],
}
const insured = claimEntry('c1', 100, { insurance }).resource
const own = claimEntry('c2', 30, { patient: { reference: 'Patient/2' } }).resource
const adjudication = Object.entries({ submitted: 100, eligible: 80, paidtoprovider: 60, coinsurance: 20 }).map(
  ([code, value]) => ({
    category: { coding: [{ code }] },
    amount: { value, currency: 'USD' },
  }),
)
const answer = {
  ...(insured as object),
  resourceType: 'ExplanationOfBenefit',
  id: 'e1',
  total: undefined,
  outcome: 'complete',
  claim: { reference: 'Claim/c1' },
  item: [{ sequence: 1, productOrService: { text: 'Office visit' }, adjudication }],
}
const seen = {
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  code: { text: 'Seen' },
  subject: { reference: 'Patient/1' },
}

const files = (options = {}) => [
  lines('ExplanationOfBenefit.ndjson', [answer], options),
  lines('Claim.ndjson', [insured, own], options),
  lines('Coverage.ndjson', [coverage], options),
  lines('Observation.ndjson', [seen], options),
  lines('Patient.ndjson', [ada, ben], options),
]

test('the files of a bulk export are one set, in whatever order they are named', async () => {
  const practice = await emptyPractice(world)
  const reports = await takeSet(practice, ...files())
  expect(
    reports.map(({ file, status, entries, taken, skipped, patients, charges, invoices, held }) => [
      file,
      status,
      entries,
      taken,
      skipped,
      patients,
      charges,
      invoices,
      held,
    ]),
  ).toEqual([
    ['ExplanationOfBenefit.ndjson', 'taken', 1, 1, {}, 0, 0, 0, []],
    ['Claim.ndjson', 'taken', 2, 2, {}, 0, 2, 2, []],
    ['Coverage.ndjson', 'taken', 1, 1, {}, 0, 0, 0, []],
    ['Observation.ndjson', 'taken', 1, 0, { Observation: 1 }, 0, 0, 0, []],
    ['Patient.ndjson', 'taken', 2, 2, {}, 2, 0, 0, []],
  ])
  expect(reports.map(report => report.new)).toEqual([
    { patients: 0, charges: 0, invoices: 0 },
    { patients: 0, charges: 2, invoices: 2 },
    { patients: 0, charges: 0, invoices: 0 },
    { patients: 0, charges: 0, invoices: 0 },
    { patients: 2, charges: 0, invoices: 0 },
  ])
  expect((await billed(world, practice)).sort()).toEqual(['Ada Bell 20.00', 'Ben Cole 30.00'])
  const kept = await query(
    world,
    'select type, patient_id is not null as owned from exchange.resource where practice_id = $1 order by type',
    [practice.id],
  )
  expect(kept).toHaveLength(7)
  expect(kept.every(row => row.owned)).toBe(true)
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
  for (const set of [files(), files().toReversed(), files({ end: '\r\n' })])
    expect((await takeSet(practice, ...set)).map(report => [report.status, report.new.charges])).toEqual(
      Array(5).fill(['unchanged', 0]),
    )
  expect(await billed(world, practice)).toHaveLength(2)
})

test('a set with a wrong line is refused whole, and says which file, line and column', async () => {
  const practice = await emptyPractice(world)
  const wrong = { ...(own as object), total: { value: 'much' } }
  const reports = await takeSet(practice, lines('Patient.ndjson', [ada, ben]), lines('Claim.ndjson', [insured, wrong]))
  const column = JSON.stringify(wrong).indexOf('"much"') + 1
  expect(reports.map(({ status, why, at }) => [status, why, at])).toEqual([
    ['refused', 'Claim.ndjson, which was read with it, is refused.', null],
    ['refused', 'The amount "much" is no decimal number.', `/total/value (line 2, column ${column})`],
  ])
  expect(await patientsOf(world, practice)).toEqual([])
})

test.each([
  [
    'no JSON',
    '{"resourceType":"Patient"}\n{"resourceType":\n',
    'The file is not JSON: what stands here is not written as JSON.',
    'line 2, column 17',
  ],
  [
    'a Bundle on a line',
    '{"resourceType":"Patient"}\n{"resourceType":"Bundle","type":"collection"}\n',
    'This line is a Bundle; each Bundle is read from a file of its own.',
    'line 2, column 1',
  ],
  ['nothing', '\n \n', 'The file is empty.', null],
  [
    'a line that only looks like one inside another',
    '{"resourceType":"Patient"}\n{"resourceType":"Patient"},"x":{}\n',
    'The file is not JSON: what stands here is not written as JSON.',
    'line 2, column 27',
  ],
  ['XML', '<Patient/>\n', 'This is XML; Portico reads FHIR JSON. Ask the sending system for JSON.', 'line 1, column 1'],
  [
    'a reference of a wrong type',
    `${JSON.stringify(ada)}\n${JSON.stringify({ ...(own as object), provider: { reference: 'Patient/1' } })}\n`,
    'The reference Patient/1 leads to a Patient, not to a Practitioner or PractitionerRole or Organization.',
    expect.stringMatching(/^\/provider\/reference \(line 2, column \d+\)$/),
  ],
])('a file of lines with %s is refused', async (_, text, why, at) => {
  const [report] = await takeSet(await emptyPractice(world), sourceOf(text, { name: 'wrong.ndjson' }))
  expect([report?.status, report?.why, report?.at]).toEqual(['refused', why, at])
})

test('a file of lines reads the same however its bytes arrive, without its ending and behind a byte order mark', async () => {
  const text = `\uFEFF${[ada, own, ben].map(one => JSON.stringify(one)).join('\n\n')}`
  for (const size of [1, 7, 4096]) {
    const practice = await emptyPractice(world)
    const [report] = await takeSet(practice, sourceOf(text, { name: 'export', size }))
    expect(report).toMatchObject({ status: 'taken', entries: 3, patients: 2, charges: 1 })
    expect(await billed(world, practice)).toEqual(['Ben Cole 30.00'])
  }
})

test('a patient whom an earlier export brought by a UUID is found, also where their file is not named again', async () => {
  const practice = await emptyPractice(world)
  const bulk = readFileSync('test/data/cases/b21-bulk.ndjson', 'utf8').trim().split('\n')
  await takeSet(practice, sourceOf(`${bulk[0]}\n`, { name: 'Patient.ndjson' }))
  const [report] = await takeSet(practice, sourceOf(`${bulk[1]}\n`, { name: 'Claim.ndjson' }))
  expect(report).toMatchObject({ status: 'taken', held: [], charges: 1 })
  const [again] = await takeSet(practice, sourceOf(bulk.join('\n'), { name: 'b21-bulk.ndjson' }))
  expect(again).toMatchObject({ status: 'unchanged', entries: 2, patients: 1, charges: 1 })
  expect(await billed(world, practice)).toEqual(['Ben Bulk 45.00'])
})
