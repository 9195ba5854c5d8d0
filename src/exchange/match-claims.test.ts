import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleOf, type Entry } from '../../test/support/bundles.ts'
import {
  billed,
  caseFile,
  claimEntry,
  emptyPractice,
  patientEntry,
  patientsOf,
  take,
} from '../../test/support/imports.ts'
import { imbalance, makeWorld, type World } from '../../test/support/world.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

const BASE = 'https://ehr.example/fhir/'
const insurance = [{ focal: true, coverage: { display: 'Aetna' } }]

/** The insurer's answer to a claim: 60 of 100 paid, 20 taken off, 20 the patient's. */
function answerTo(claim: string, more: object = {}, fullUrl?: string): Entry {
  const amounts = { submitted: 100, eligible: 80, paidtoprovider: 60, coinsurance: 20 }
  const adjudication = Object.entries(amounts).map(([code, value]) => ({
    category: { coding: [{ code }] },
    amount: { value, currency: 'USD' },
  }))
  const { total: _, ...asked } = claimEntry('e1', 100, { insurance }).resource as Record<string, unknown>
  const resource = {
    ...asked,
    resourceType: 'ExplanationOfBenefit',
    outcome: 'complete',
    claim: { reference: claim },
    item: [{ ...(asked.item as object[])[0], adjudication }],
    ...more,
  }
  return { ...(fullUrl ? { fullUrl } : {}), resource }
}

test('one bill, however the file addresses its resources', async () => {
  const practice = await emptyPractice(world)
  const names = ['b3-urn', 'b3-server', 'b3-nofullurl']
  const reports = []
  for (const name of names) reports.push(await take(world, practice, caseFile(`${name}.json`)))
  expect(reports.map(report => [report.status, report.held])).toEqual([
    ['taken', []],
    ['unchanged', []],
    ['unchanged', []],
  ])
  expect(await patientsOf(world, practice)).toEqual(['Tom Twice'])
  expect(await billed(world, practice)).toEqual(['Tom Twice 120.00'])
})

test.each([
  ['under one base', [`${BASE}Patient/1`, `${BASE}ExplanationOfBenefit/e1`, `${BASE}Claim/c1`]],
  ['by http and https', [`${BASE}Patient/1`, `${BASE}ExplanationOfBenefit/e1`, 'http://EHR.example/fhir/Claim/c1']],
  ['without any address', [undefined, undefined, undefined]],
  ['in a file without addresses, its claim under a base', [undefined, undefined, `${BASE}Claim/c1`]],
])(
  'an answer that names Claim/c1 relatively, then its claim in a later file, are billed once (%s)',
  async (_, urls) => {
    const practice = await emptyPractice(world)
    const [whose, answer, claim] = urls
    const ada = patientEntry('Ada', 'Bell', {}, whose)
    await take(world, practice, bundleOf([ada, answerTo('Claim/c1', {}, answer)]))
    expect(await billed(world, practice)).toEqual(['Ada Bell 20.00'])
    await take(
      world,
      practice,
      bundleOf([
        patientEntry('Ada', 'Bell', {}, claim?.replace('Claim/c1', 'Patient/1')),
        claimEntry('c1', 100, { insurance }, claim),
      ]),
    )
    expect(await billed(world, practice)).toEqual(['Ada Bell 20.00'])
    expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
  },
)

test('an id that is no UUID is another resource under another base', async () => {
  const practice = await emptyPractice(world)
  for (const base of ['https://a.example/', 'https://b.example/'])
    await take(
      world,
      practice,
      bundleOf([patientEntry('Ada', 'Bell', {}, `${base}Patient/1`), claimEntry('c1', 10, {}, `${base}Claim/c1`)]),
    )
  expect(await patientsOf(world, practice)).toEqual(['Ada Bell'])
  expect(await billed(world, practice)).toEqual(['Ada Bell 10.00', 'Ada Bell 10.00'])
})

test('a relative reference means what stands under its own entry’s base, not another server’s of that id', async () => {
  const practice = await emptyPractice(world)
  const report = await take(
    world,
    practice,
    bundleOf([
      patientEntry('Ada', 'Bell', {}, 'https://a.example/Patient/1'),
      patientEntry('Ben', 'Cole', {}, 'https://b.example/Patient/1'),
      claimEntry('c1', 10, {}, 'https://a.example/Claim/c1'),
      claimEntry('c1', 20, {}, 'https://b.example/Claim/c1'),
      claimEntry('c1', 30, {}, 'https://c.example/Claim/c1'),
    ]),
  )
  expect(await billed(world, practice)).toEqual(['Ada Bell 10.00', 'Ben Cole 20.00'])
  expect(report.held).toEqual([{ claim: 'https://c.example/Claim/c1', why: 'Its patient is not in this file.' }])
})

test('a bare id is one claim for one person and day alone: another file’s of another day is billed, of the same day it is one', async () => {
  const practice = await emptyPractice(world)
  const file = (given: string, dollars: number, start: string) =>
    bundleOf([patientEntry(given, 'Bell'), claimEntry('1', dollars, { billablePeriod: { start } })])
  await take(world, practice, file('Ada', 10, '2026-08-20'))
  await take(world, practice, file('Ben', 10, '2026-08-20'))
  await take(world, practice, file('Ada', 20, '2026-08-21'))
  expect(await billed(world, practice)).toEqual(['Ada Bell 10.00', 'Ben Bell 10.00', 'Ada Bell 20.00'])
  expect((await take(world, practice, `${file('Ada', 10, '2026-08-20')}\n`)).held).toEqual([])
  const { held } = await take(world, practice, file('Ada', 99, '2026-08-20'))
  expect(held.map(one => one.why)).toEqual([expect.stringContaining('charges 99.00; that one charges 10.00')])
  expect(await billed(world, practice)).toHaveLength(3)
})

test('two claims of one number in one file are billed once, and a third in a later file is noted', async () => {
  const practice = await emptyPractice(world)
  const report = await take(world, practice, caseFile('d4-same-claim-number-twice.json'))
  const why = 'It has the number CLM-77 of a claim that is known here, and says the same: it is billed once.'
  expect(report).toMatchObject({
    charges: 1,
    invoices: 1,
    held: [],
    notes: [{ claim: 'urn:uuid:39abb274-4b2c-5fde-b6ff-b76e81f8ec19', why }],
    money: { claimed: '77.00', charged: '77.00' },
  })
  const later = await take(world, practice, caseFile('d5-same-claim-number-later.json'))
  expect(later).toMatchObject({
    charges: 0,
    invoices: 0,
    held: [],
    notes: [{ claim: 'urn:uuid:58d98352-cc08-5c03-9eeb-cdfeceb7b952', why }],
  })
  expect(await billed(world, practice)).toEqual(['Sol Samefile 77.00'])
})

const numbered = (value: string) => ({ identifier: [{ system: 'urn:clinic:claims', value }] })
const ada = patientEntry('Ada', 'Bell')
test.each([
  ['another amount', claimEntry('2', 99, numbered('7'), 'urn:uuid:two')],
  [
    'another service',
    claimEntry(
      '2',
      10,
      { ...numbered('7'), item: [{ sequence: 1, productOrService: { text: 'X-ray' }, net: { value: 10 } }] },
      'urn:uuid:two',
    ),
  ],
  ['another day', claimEntry('2', 10, { ...numbered('7'), billablePeriod: { start: '2026-08-01' } }, 'urn:uuid:two')],
])('a claim of a known number with %s is held, in the same file and in a later one', async (_, other) => {
  for (const files of [
    [[claimEntry('1', 10, numbered('7')), other]],
    [[claimEntry('1', 10, numbered('7'))], [other]],
  ]) {
    const practice = await emptyPractice(world)
    const reports = []
    for (const entries of files) reports.push(await take(world, practice, bundleOf([ada, ...entries])))
    expect(reports.at(-1)?.held).toEqual([
      { claim: 'urn:uuid:two', why: 'It has the number 7 of a claim that is known here, and says otherwise.' },
    ])
    expect(await billed(world, practice)).toEqual(['Ada Bell 10.00'])
  }
})

test('the same claim with other dates of record, spelling and order is the same; another patient’s of that number is another', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, bundleOf([ada, claimEntry('1', 10, numbered('7'))]))
  const again = {
    ...numbered('7'),
    created: '2026-09-09',
    meta: { lastUpdated: '2026-09-09T00:00:00Z' },
    total: { currency: 'USD', value: 10 },
  }
  const text = bundleOf([ada, claimEntry('2', 10, again, 'urn:uuid:two')]).replaceAll('"value": 10', '"value": 10.00')
  const report = await take(world, practice, text)
  expect(report.notes).toHaveLength(1)
  await take(world, practice, bundleOf([patientEntry('Ben', 'Cole'), claimEntry('1', 10, numbered('7'))]))
  expect(await billed(world, practice)).toEqual(['Ada Bell 10.00', 'Ben Cole 10.00'])
})

test('an answer to the second record of a claim answers the claim', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, bundleOf([ada, claimEntry('1', 100, { ...numbered('7'), insurance })]))
  expect(await billed(world, practice)).toEqual([])
  const second = claimEntry('2', 100, { ...numbered('7'), insurance }, 'urn:uuid:two')
  const report = await take(world, practice, bundleOf([ada, second, answerTo('urn:uuid:two')]))
  expect(report).toMatchObject({ status: 'taken', charges: 1, invoices: 1, held: [] })
  expect(await billed(world, practice)).toEqual(['Ada Bell 20.00'])
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('a claim that is known as another patient’s is held', async () => {
  const practice = await emptyPractice(world)
  const url = `${BASE}Claim/c1`
  await take(world, practice, bundleOf([ada, claimEntry('c1', 10, {}, url)]))
  const report = await take(world, practice, bundleOf([patientEntry('Ben', 'Cole'), claimEntry('c1', 10, {}, url)]))
  expect(report.held).toEqual([{ claim: url, why: 'It is known here as a claim of another patient.' }])
  expect(await billed(world, practice)).toEqual(['Ada Bell 10.00'])
})

test('one resource under two addresses of one file is one; where the two differ it is held', async () => {
  const practice = await emptyPractice(world)
  const id = '0c2f5f3e-7f0e-4c39-9f51-0a6f0f6c1d11'
  const twice = (dollars: number) =>
    bundleOf([ada, claimEntry(id, 10, {}, `urn:uuid:${id}`), claimEntry(id, dollars, {}, `${BASE}Claim/${id}`)])
  expect(await take(world, practice, twice(10))).toMatchObject({ entries: 3, charges: 1, held: [] })
  expect((await take(world, await emptyPractice(world), twice(11))).held).toEqual([
    { claim: `urn:uuid:${id}`, why: 'The file says it twice, and differently.' },
  ])
})

test('two resources of different types that share a UUID are two', async () => {
  const practice = await emptyPractice(world)
  const id = '0c2f5f3e-7f0e-4c39-9f51-0a6f0f6c1d11'
  const patient = { ...(ada.resource as object), id }
  const claim = claimEntry(id, 10, { patient: { reference: `Patient/${id}` } }, `${BASE}Claim/${id}`)
  const report = await take(world, practice, bundleOf([{ fullUrl: `${BASE}Patient/${id}`, resource: patient }, claim]))
  expect(report).toMatchObject({ entries: 2, patients: 1, charges: 1, held: [] })
})
