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
import { imbalance, makeWorld, query, type World } from '../../test/support/world.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

const numbered = (value: string, system = 'urn:clinic:records', code = 'MR') => ({
  identifier: [{ type: { coding: [{ code }] }, system, value }],
})
/** A person and one claim of theirs, as a file without addresses. */
const fileOf = (patient: Entry, dollars: number) => bundleOf([patient, claimEntry('1', dollars)])

test.each([
  ['another name', patientEntry('Ben', 'Cole'), ['Ada Bell 10.00', 'Ben Cole 20.00']],
  [
    'the same family and another birth date',
    patientEntry('Ada', 'Bell', { birthDate: '1991-01-01' }),
    ['Ada Bell 10.00', 'Ada Bell 20.00'],
  ],
  ['the same birth date and another given name', patientEntry('Bea', 'Bell'), ['Ada Bell 10.00', 'Bea Bell 20.00']],
])('Patient/1 of another file with %s is another person, with an account of their own', async (_, other, bills) => {
  const practice = await emptyPractice(world)
  await take(world, practice, fileOf(patientEntry('Ada', 'Bell'), 10))
  const report = await take(world, practice, fileOf(other, 20))
  expect(report).toMatchObject({ status: 'taken', held: [] })
  expect(await billed(world, practice)).toEqual(bills)
  const accounts = await query(world, 'select distinct account_id from billing.invoice where practice_id = $1', [
    practice.id,
  ])
  expect(accounts).toHaveLength(2)
})

test.each([
  ['by name and birth date, however it is written', {}, { name: [{ family: 'BELL', given: ['ada '] }] }],
  [
    'by a medical record number, whatever the family name is now',
    numbered('7'),
    { ...numbered('7'), name: [{ family: 'Cole', given: ['Ada'] }] },
  ],
  [
    'by a social security number',
    numbered('123', 'urn:ssn', 'SS'),
    { ...numbered('123', 'urn:ssn', 'SS'), name: [{ family: 'Cole', given: ['Ada'] }] },
  ],
  [
    'by a number and a former name that the new record lists',
    numbered('7'),
    {
      ...numbered('7'),
      name: [
        { use: 'old', family: 'Bell', given: ['Ada'] },
        { use: 'official', family: 'Cole', given: ['Adele'] },
      ],
    },
  ],
  ['by name, where each file numbers in a system of its own', numbered('7'), numbered('8', 'urn:other:records')],
])('a person of two files is one %s', async (_, first, second) => {
  const practice = await emptyPractice(world)
  await take(world, practice, fileOf(patientEntry('Ada', 'Bell', first), 10))
  const more = { id: '9', ...second }
  const report = await take(
    world,
    practice,
    bundleOf([patientEntry('Ada', 'Bell', more), claimEntry('2', 20, { patient: { reference: 'Patient/9' } })]),
  )
  expect(report.held).toEqual([])
  expect(await patientsOf(world, practice)).toHaveLength(1)
  expect(await billed(world, practice)).toHaveLength(2)
})

test.each([
  ['two differing numbers of one system', numbered('7'), numbered('8')],
  [
    'a member number, which is a contract’s',
    numbered('7', 'urn:plan', 'MB'),
    { ...numbered('7', 'urn:plan', 'MB'), name: [{ family: 'Bell', given: ['Bea'] }] },
  ],
  [
    'a number without a system',
    { identifier: [{ type: { coding: [{ code: 'MR' }] }, value: '7' }] },
    { identifier: [{ type: { coding: [{ code: 'MR' }] }, value: '7' }], name: [{ family: 'Bell', given: ['Bea'] }] },
  ],
])('%s makes nobody one person', async (_, first, second) => {
  const practice = await emptyPractice(world)
  await take(world, practice, fileOf(patientEntry('Ada', 'Bell', first), 10))
  const report = await take(world, practice, fileOf(patientEntry('Ada', 'Bell', second), 20))
  expect(report.held).toEqual([])
  expect(await patientsOf(world, practice)).toHaveLength(2)
})

const UUID = '5f0d1b1c-1111-4222-8333-944455566677'
test.each([
  [
    'a number that is known with another birth date',
    patientEntry('Ada', 'Bell', numbered('7')),
    patientEntry('Ada', 'Bell', { ...numbered('7'), birthDate: '1991-01-01' }),
  ],
  [
    'a number that is known with another given name',
    patientEntry('Ada', 'Bell', numbered('7')),
    patientEntry('Ben', 'Cole', numbered('7')),
  ],
  [
    'an address that is known as somebody else',
    patientEntry('Ada', 'Bell', {}, `urn:uuid:${UUID}`),
    patientEntry('Ben', 'Cole', {}, `https://ehr.example/fhir/Patient/${UUID}`),
  ],
  [
    'one base and another name',
    patientEntry('Ada', 'Bell', {}, 'https://ehr.example/Patient/1'),
    patientEntry('Ben', 'Cole', {}, 'https://ehr.example/Patient/1'),
  ],
])('claims of a patient with %s are held, and the rest of the file is taken', async (_, first, second) => {
  const practice = await emptyPractice(world)
  await take(
    world,
    practice,
    bundleOf([first, claimEntry('1', 10, { patient: { reference: first.fullUrl ?? 'Patient/1' } })]),
  )
  const reference = second.fullUrl ?? 'Patient/1'
  const other = patientEntry('Cyd', 'Dale', { id: '2' }, 'urn:uuid:cyd')
  const text = bundleOf([
    second,
    claimEntry('3', 20, { patient: { reference } }, 'urn:uuid:three'),
    other,
    claimEntry('4', 30, { patient: { reference: 'urn:uuid:cyd' } }, 'urn:uuid:four'),
  ])
  const report = await take(world, practice, text)
  expect(report).toMatchObject({
    status: 'taken',
    entries: 4,
    held: [{ claim: 'urn:uuid:three' }],
    charges: 1,
    patients: 1,
  })
  expect(report.held[0]?.why).toMatch(/is identified as pat_\w+, whose name or birth date is another/)
  expect(await billed(world, practice)).toEqual(['Ada Bell 10.00', 'Cyd Dale 30.00'])
  expect(await take(world, practice, `${text}\n`)).toMatchObject({ status: 'unchanged', held: report.held })
})

test('twins of one name in one file stay two; a third file that could mean either is held', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, caseFile('d9-twins.json'))
  await take(world, practice, caseFile('d9-twins.json'))
  expect(await billed(world, practice)).toEqual(['Alex Twin 31.00', 'Alex Twin 32.00'])
  const report = await take(world, practice, fileOf(patientEntry('Alex', 'Twin'), 33))
  expect(report.held).toEqual([
    { claim: 'Claim/1', why: 'Its patient fits 2 people known here by name and birth date.' },
  ])
  expect(await patientsOf(world, practice)).toHaveLength(2)
})

test('two of a file who both fit the one person known here are held; one known by number leaves the other somebody else', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, fileOf(patientEntry('Ada', 'Bell', numbered('7')), 10))
  const twice = (first: object) =>
    bundleOf([
      patientEntry('Ada', 'Bell', first),
      patientEntry('Ada', 'Bell', { id: '2' }),
      claimEntry('5', 20),
      claimEntry('6', 30, { patient: { reference: 'Patient/2' } }),
    ])
  const report = await take(world, practice, twice({}))
  expect(report.held.map(one => one.why)).toEqual(
    Array(2).fill(expect.stringMatching(/2 patients of this file fit pat_\w+ by name and birth date/)),
  )
  expect(await billed(world, practice)).toEqual(['Ada Bell 10.00'])
  expect((await take(world, practice, twice(numbered('7')))).held).toEqual([])
  expect(await patientsOf(world, practice)).toHaveLength(2)
  const shares = await query<{ cents: string }>(
    world,
    'select sum(total_cents)::text as cents from billing.invoice where practice_id = $1 group by account_id order by 1',
    [practice.id],
  )
  expect(shares.map(row => row.cents)).toEqual(['3000', '3000'])
})

test('two records of one file with the same number are one person', async () => {
  const practice = await emptyPractice(world)
  const second = { id: '2', ...numbered('7'), name: [{ family: 'Cole', given: ['Ada'] }] }
  const report = await take(
    world,
    practice,
    bundleOf([
      patientEntry('Ada', 'Bell', numbered('7')),
      patientEntry('Ada', 'Bell', second),
      claimEntry('5', 20),
      claimEntry('6', 30, { patient: { reference: 'Patient/2' } }),
    ]),
  )
  expect(report).toMatchObject({ patients: 1, charges: 2, held: [] })
  expect(await patientsOf(world, practice)).toEqual(['Ada Bell'])
})

test('a record that was replaced is, with its claims, the one that replaced it', async () => {
  const practice = await emptyPractice(world)
  const report = await take(world, practice, caseFile('b23-merged-patient.json'))
  expect(report).toMatchObject({ patients: 1, charges: 2, held: [] })
  expect(await billed(world, practice)).toEqual(['Megan Merged 46.00', 'Megan Merged 47.00'])
})

const meg = patientEntry('Meg', 'Merged', {}, 'urn:uuid:meg')
const megan = patientEntry(
  'Megan',
  'Merged',
  { link: [{ other: { reference: 'urn:uuid:meg' }, type: 'replaces' }] },
  'urn:uuid:megan',
)
const visit = (id: string, dollars: number, whose: string) =>
  claimEntry(id, dollars, { patient: { reference: whose } }, `urn:uuid:${id}`)

test('where one of the two is known here, the other is that one', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, bundleOf([meg, visit('a', 10, 'urn:uuid:meg')]))
  await take(world, practice, bundleOf([meg, megan, visit('b', 20, 'urn:uuid:megan')]))
  await take(
    world,
    practice,
    bundleOf([patientEntry('Megan', 'Merged', {}, 'urn:uuid:megan'), visit('c', 30, 'urn:uuid:megan')]),
  )
  expect(await patientsOf(world, practice)).toHaveLength(1)
  expect(await billed(world, practice)).toHaveLength(3)
})

test('where both are known here they are joined: what was billed stays, what is new is the second’s', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, bundleOf([meg, visit('a', 10, 'urn:uuid:meg'), visit('w', 5, 'urn:uuid:meg')]))
  await take(
    world,
    practice,
    bundleOf([patientEntry('Megan', 'Merged', {}, 'urn:uuid:megan'), visit('b', 20, 'urn:uuid:megan')]),
  )
  const report = await take(
    world,
    practice,
    bundleOf([meg, megan, visit('a', 10, 'urn:uuid:meg'), visit('c', 30, 'urn:uuid:meg')]),
  )
  expect(report).toMatchObject({ patients: 1, held: [] })
  expect(await patientsOf(world, practice)).toEqual(['Megan Merged'])
  expect(await billed(world, practice)).toEqual([
    'Meg Merged 10.00',
    'Meg Merged 5.00',
    'Megan Merged 20.00',
    'Megan Merged 30.00',
  ])
  expect((await take(world, practice, bundleOf([meg, visit('d', 40, 'urn:uuid:meg')]))).held).toEqual([])
  expect((await billed(world, practice)).at(-1)).toBe('Megan Merged 40.00')
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('a record with another birth date replaces nobody', async () => {
  const practice = await emptyPractice(world)
  const other = patientEntry('Meg', 'Merged', { birthDate: '1999-09-09' }, 'urn:uuid:meg')
  const report = await take(
    world,
    practice,
    bundleOf([other, megan, visit('a', 10, 'urn:uuid:meg'), visit('b', 20, 'urn:uuid:megan')]),
  )
  expect(report.held).toEqual([
    { claim: 'urn:uuid:a', why: "Its patient's record says that one with another birth date replaced it." },
  ])
  expect(await billed(world, practice)).toEqual(['Megan Merged 20.00'])
})

test('a claim that names its patient by a number alone is held, as before', async () => {
  const practice = await emptyPractice(world)
  expect((await take(world, practice, caseFile('b20-logical-patient.json'))).held.map(one => one.why)).toEqual([
    'It names no patient.',
  ])
  expect(await billed(world, practice)).toEqual([])
})

test('two patients who share an address of mail are two', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, caseFile('b6-shared-mail.json'))
  expect(await billed(world, practice)).toEqual(['Sam Shared 60.00', 'Sue Shared 61.00'])
})

test('an answer that is about another patient than its claim is held', async () => {
  const practice = await emptyPractice(world)
  const ben = patientEntry('Ben', 'Cole', { id: '2' })
  const answer = {
    ...(claimEntry('e', 10, { total: [] }).resource as object),
    resourceType: 'ExplanationOfBenefit',
    patient: { reference: 'Patient/2' },
    claim: { reference: 'Claim/1' },
    outcome: 'complete',
  }
  const report = await take(
    world,
    practice,
    bundleOf([patientEntry('Ada', 'Bell'), ben, claimEntry('1', 10), { resource: answer }]),
  )
  expect(report.held).toEqual([{ claim: 'Claim/1', why: 'Its answer is about another patient than the claim.' }])
})
