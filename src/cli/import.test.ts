import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { syntheaText } from '../../test/support/bundles.ts'
import { makeWorld, type World } from '../../test/support/world.ts'
import { NOTHING_NEW } from '../exchange/file-report.ts'
import { importFiles, run } from './import.ts'
import { held, readHeldWish } from './import-held.ts'
import { refusalSentence } from './refusal-sentence.ts'

let world: World
let folder: string
beforeAll(async () => {
  world = await makeWorld()
  folder = mkdtempSync(join(tmpdir(), 'portico-import-'))
  writeFileSync(join(folder, 'buster.json'), syntheaText('buster'))
  writeFileSync(join(folder, 'bad.json'), '{"resourceType":"Bundle","type":"collection","entry":[{}]}')
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await world.end()
})

async function importing(names: string[], { json = false, practice = 'riverside' } = {}) {
  const printed: string[] = []
  const warned: string[] = []
  const io = { json, print: (line: string) => void printed.push(line), warn: (line: string) => void warned.push(line) }
  const files = names.map(name => join(folder, name))
  const status = await importFiles(world.app, { files, practice, openSince: undefined }, io)
  const plain = (lines: string[]) => lines.map(line => line.replaceAll(`${folder}/`, ''))
  return { status, printed: plain(printed), warned: plain(warned) }
}

test('each file is told of in plain words, and a refused one makes the exit status 1', async () => {
  const { status, printed, warned } = await importing(['buster.json', 'bad.json', 'none.json', '.'])
  expect(status).toBe(1)
  expect(printed).toEqual([
    'buster.json: taken. 66 entries, 22 taken; kept for the record: 3 Condition, 33 Observation, 4 Immunization, 1 Procedure, 2 DiagnosticReport, 1 MedicationRequest.',
    "  1 patient, 12 charges, 3 bills: charged 2130.54 of 2130.54 claimed; insurance paid 900.45, took off 0.00, patient's share 225.09, waiting for insurance 1005.00.",
    '  7 claims: 3 taken, 4 waiting',
    '  6 answers: 3 taken, 3 noted',
    "  note: 3 answers: It names no payment and no part of the patient's; it answers nothing yet.",
  ])
  expect(warned.map(line => line.replace(folder, '.'))).toEqual([
    'bad.json: refused. Entry 0 has no resource. At /entry/0/resource (line 1, column 55).',
    'none.json: refused. There is no such file.',
    '.: refused. This is a folder; name the files in it.',
  ])
})

test('with --json one document is printed, a repeat says unchanged with the same counts', async () => {
  const first = await importing(['buster.json'], { json: true, practice: 'harbor' })
  const again = await importing(['buster.json'], { json: true, practice: 'harbor' })
  const [taken, unchanged] = [first, again].map(({ printed }) => JSON.parse(printed.join('')).files[0])
  expect(taken).toMatchObject({ status: 'taken', entries: 66, taken: 22, charges: 12, invoices: 3, held: [] })
  expect(taken.new).toEqual({ patients: 1, charges: 12, invoices: 3 })
  expect(unchanged).toEqual({ ...taken, ...NOTHING_NEW, status: 'unchanged' })
  expect([first.status, again.status]).toEqual([0, 0])
})

test.each([
  [['csv', 'x'], 'It is portico import fhir FILE… --practice S, or portico import held'],
  [['fhir', '--practice', 'riverside'], 'Name the files to import'],
  [['fhir', 'x.json'], 'Name the practice'],
  [
    ['fhir', 'x.json', '--practice', 'riverside', '--open-since', '31.1.2026'],
    '--open-since takes a date such as 2026-01-31',
  ],
])('a command that cannot be done is a sentence (%#)', async (args, sentence) => {
  await expect(run(args, { json: false, print: () => undefined, warn: () => undefined })).rejects.toThrow(sentence)
})

test('an unknown practice is a sentence', async () => {
  await expect(importing(['buster.json'], { practice: 'nowhere' })).rejects.toThrow('There is no practice nowhere.')
})

async function holding(args: string[], json = true) {
  const printed: string[] = []
  const io = { json, print: (line: string) => void printed.push(line), warn: () => undefined }
  const status = await held(world.app, readHeldWish([...args, '--practice', 'riverside']), io)
  return { status, printed }
}

test('held claims are listed, plainly and as JSON, and answered by their name', async () => {
  copyFileSync('test/data/cases/d1-denied-zero-paid.json', join(folder, 'denied.json'))
  await importing(['denied.json'])
  const { printed } = await holding([])
  const listed = JSON.parse(printed.join(''))
  const claim = 'urn:uuid:73115e86-0b5e-5cf3-ac65-69dad1eff5ed'
  expect(listed).toEqual([
    {
      claim,
      name: claim,
      patient: expect.stringMatching(/^pat_/),
      person: 'Nina Noncov',
      title: 'Cosmetic add-on',
      on: '2026-08-20',
      payer: 'Acme Health Plan',
      why: expect.stringContaining('It was denied'),
      lines: [
        {
          line: 1,
          title: 'Cosmetic add-on',
          code: null,
          units: 1,
          on: '2026-08-20',
          charged: '120.00',
          insurance: '0.00',
          said: 'submitted 120.00, allowed 0.00, paid to the provider 0.00, discount 0.00, not covered 120.00',
        },
      ],
    },
  ])
  expect((await holding([], false)).printed.slice(0, 2)).toEqual([
    `${claim}: Nina Noncov, Cosmetic add-on, 2026-08-20`,
    expect.stringContaining('  It was denied'),
  ])
  const answered = await holding(['answer', claim, 'bill', '--share', '1=0.5', '--reason', 'cosmetic'])
  expect(JSON.parse(answered.printed.join(''))).toEqual({
    claim,
    answer: 'bill',
    number: expect.stringMatching(/^INV-/),
    total: '0.50',
  })
  expect((await holding([])).printed).toEqual(['[]'])
  const refused = await holding(['answer', claim, 'leave', '--reason', 'again']).catch(error => error)
  expect(refusalSentence(refused)).toBe('This claim was answered already, so it does not wait any more.')
})

test.each([
  [['answer', 'c', 'bill'], 'Say why: --reason R.'],
  [['answer', 'c', 'maybe', '--reason', 'r'], 'It is portico import held answer CLAIM bill|not-theirs|leave'],
  [
    ['answer', 'c', 'bill', '--share', '1=-5', '--reason', 'r'],
    '--share takes a line and an amount, such as 1=50.00, not 1=-5.',
  ],
  [['answer', 'c', 'bill', '--share', '1=5.001', '--reason', 'r'], '--share takes a line and an amount'],
  [
    ['answer', 'c', 'bill', '--insurance', '1=5', '--insurance', '1=6', '--reason', 'r'],
    '--insurance names line 1 twice.',
  ],
  [['answer', 'c', 'bill', '--patient', 'Ada', '--reason', 'r'], "--patient takes a patient's id, not Ada."],
])('an answer that cannot be read is a sentence (%#)', async (args, sentence) => {
  await expect(holding(args)).rejects.toThrow(sentence)
})

test('the files of a bulk export are imported together, each told by itself; one that is missing keeps the others out', async () => {
  const patient = {
    resourceType: 'Patient',
    id: 'p',
    name: [{ family: 'Bulk', given: ['Bo'] }],
    birthDate: '1980-01-01',
  }
  const item = { sequence: 1, productOrService: { text: 'Visit' }, net: { value: 12, currency: 'USD' } }
  const patientRef = { reference: 'Patient/p' }
  const claim = {
    resourceType: 'Claim',
    id: 'c',
    status: 'active',
    use: 'claim',
    patient: patientRef,
    created: '2026-09-01',
    item: [item],
  }
  writeFileSync(join(folder, 'Claim.ndjson'), `${JSON.stringify(claim)}\n`)
  writeFileSync(join(folder, 'Patient.ndjson'), `${JSON.stringify(patient)}\n`)
  const missing = await importing(['Claim.ndjson', 'none.ndjson'], { practice: 'harbor' })
  expect([missing.status, missing.printed, missing.warned]).toEqual([
    1,
    [],
    [
      'Claim.ndjson: refused. none.ndjson, which was named with it, is refused.',
      'none.ndjson: refused. There is no such file.',
    ],
  ])
  const { status, printed } = await importing(['Claim.ndjson', 'bad.json', 'Patient.ndjson'], { practice: 'harbor' })
  expect(status).toBe(1)
  expect(printed.map(line => line.split('. ')[0])).toEqual([
    'Claim.ndjson: taken',
    "  0 patients, 1 charge, 1 bill: charged 12.00 of 12.00 claimed; insurance paid 0.00, took off 0.00, patient's share 12.00, waiting for insurance 0.00.",
    '  1 claim: 1 taken',
    'Patient.ndjson: taken',
  ])
  const json = await importing(['Patient.ndjson', 'bad.json', 'Claim.ndjson'], { practice: 'harbor', json: true })
  const told: { file: string; status: string }[] = JSON.parse(json.printed.join('')).files
  expect(told.map(({ file, status }) => [file.split('/').at(-1), status])).toEqual([
    ['Patient.ndjson', 'unchanged'],
    ['bad.json', 'refused'],
    ['Claim.ndjson', 'unchanged'],
  ])
})
