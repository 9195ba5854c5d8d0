import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleOf, type Entry, sourceOf, syntheaText } from '../../test/support/bundles.ts'
import { imbalance, makeWorld, query, type World } from '../../test/support/world.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import { decimalText } from '../kernel/money.ts'
import { transact } from '../platform/database.ts'
import { createPractice, type Practice } from '../practice/practices.ts'
import type { Source } from './fhir/formats.ts'
import { type FileReport, NOTHING_NEW } from './file-report.ts'
import { type ImportOrder, importFhir } from './import-fhir.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

let count = 0
/** An empty practice for one test. */
async function emptyPractice(): Promise<Practice> {
  return createPractice(world.app, { ...world.practice, slug: `practice-${++count}` })
}

function take(practice: Practice, source: Source, order: Partial<ImportOrder> = {}): Promise<FileReport> {
  return importFhir(world.app, system(practice.id, 'test'), { source, ...order })
}

/** What the practice's tables hold, past all walls. */
async function held(practice: Practice) {
  const [row] = await query<Record<string, string>>(
    world,
    `select (select count(*) from identity.patient where practice_id = $1)::int as patients,
      (select count(*) from billing.charge where practice_id = $1)::int as charges,
      (select count(*) from billing.invoice where practice_id = $1)::int as invoices,
      (select count(*) from exchange.resource where practice_id = $1)::int as resources,
      (select count(*) from exchange.import where practice_id = $1)::int as imports,
      (select count(*) from audit.event where practice_id = $1 and type <> 'practice.created')::int as events,
      (select coalesce(sum(charged_cents), 0) from billing.charge where practice_id = $1)::text as charged,
      (select coalesce(sum(share_cents), 0) from billing.charge where practice_id = $1)::text as share,
      (select coalesce(sum(charged_cents) filter (where state = 'waiting'), 0) from billing.charge where practice_id = $1)::text as waiting,
      (select coalesce(sum(open_cents), 0) from billing.invoice where practice_id = $1)::text as open`,
    [practice.id],
  )
  return row ?? {}
}

const NOTHING = {
  patients: 0,
  charges: 0,
  invoices: 0,
  resources: 0,
  imports: 0,
  events: 0,
  charged: '0',
  share: '0',
  waiting: '0',
  open: '0',
}
const cents = (text: string) => text.replace('.', '').replace(/^0+(?=\d)/, '')

test('patients of three generations come in as their reports say, the books balance, and a second run takes nothing', async () => {
  const practice = await emptyPractice()
  const names = ['beatris', 'edythe', 'gabriele', 'hyacinth', 'claudie', 'reyna']
  const reports: FileReport[] = []
  for (const name of names) reports.push(await take(practice, sourceOf(syntheaText(name), { name })))
  const sum = (read: (report: FileReport) => string | number) =>
    reports.reduce((total, report) => total + BigInt(read(report)), 0n)
  const expected = {
    patients: names.length,
    charges: Number(sum(report => report.charges)),
    invoices: Number(sum(report => report.invoices)),
    resources: Number(sum(report => report.entries)),
    imports: names.length,
    charged: String(sum(report => cents(report.money.charged))),
    share: String(sum(report => cents(report.money.patientShare))),
    waiting: String(sum(report => cents(report.money.waiting))),
    open: String(sum(report => cents(report.money.patientShare))),
  }
  const after = await held(practice)
  // Clinicians that several files share are resources of each file, and kept once.
  expect({ ...after, resources: 0 }).toMatchObject({ ...expected, resources: 0 })
  expect(Number(after.resources)).toBeGreaterThan(expected.resources - 10)
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
  for (const [i, name] of names.entries())
    expect(await take(practice, sourceOf(syntheaText(name), { name }))).toEqual({
      ...reports[i],
      ...NOTHING_NEW,
      status: 'unchanged',
    })
  expect(await held(practice)).toEqual(after)
}, 120_000)

test('a file reformatted is another file with nothing new in it', async () => {
  const practice = await emptyPractice()
  const text = syntheaText('kermit')
  const first = await take(practice, sourceOf(text))
  const again = await take(practice, sourceOf(`${text}\n`))
  expect(again).toEqual({ ...first, ...NOTHING_NEW, status: 'unchanged' })
})

test('shares since a day are open bills; older ones are settled history', async () => {
  const practice = await emptyPractice()
  const openSince = Temporal.PlainDate.from('2019-01-01')
  const report = await take(practice, sourceOf(syntheaText('frankie')), { openSince })
  const rows = await query<{ open: boolean; early: boolean; invoices: number; cents: string }>(
    world,
    `select open_cents > 0 as open, issued_on < '2019-01-01' as early, count(*)::int as invoices, sum(total_cents)::text as cents
      from billing.invoice where practice_id = $1 group by 1, 2 order by 1`,
    [practice.id],
  )
  expect(rows.map(row => [row.open, row.early])).toEqual([
    [false, true],
    [true, false],
  ])
  expect(rows.reduce((sum, row) => sum + row.invoices, 0)).toBe(report.invoices)
  expect(decimalText(rows.reduce((sum, row) => sum + BigInt(row.cents), 0n))).toBe(report.money.patientShare)
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

const ANA = 'urn:uuid:11111111-0000-4000-8000-000000000001'
const ana: Entry = {
  fullUrl: ANA,
  resource: {
    resourceType: 'Patient',
    name: [{ family: 'Ro', given: ['Ana'] }],
    birthDate: '1980-02-29',
    gender: 'female',
  },
}

function claim(id: string, more: object = {}): Entry {
  const item = { sequence: 1, productOrService: { text: 'Check up (procedure)' }, net: { value: 100, currency: 'USD' } }
  const insurance = [{ focal: true, coverage: { display: 'Aetna' } }]
  const resource = {
    resourceType: 'Claim',
    status: 'active',
    use: 'claim',
    patient: { reference: ANA },
    created: '2024-03-01',
    insurance,
    item: [item],
  }
  return { fullUrl: `urn:uuid:22222222-0000-4000-8000-${id.padStart(12, '0')}`, resource: { ...resource, ...more } }
}

function answerTo(asked: Entry, more: Record<string, number> = {}): Entry {
  const said = { submitted: 100, eligible: 80, paidtoprovider: 60, coinsurance: 20, ...more }
  const adjudication = Object.entries(said).map(([code, value]) => ({
    category: { coding: [{ code }] },
    amount: { value, currency: 'USD' },
  }))
  const resource = {
    ...(asked.resource as object),
    resourceType: 'ExplanationOfBenefit',
    outcome: 'complete',
    created: '2024-03-09',
    claim: { reference: asked.fullUrl },
    item: [{ sequence: 1, adjudication }],
  }
  return { fullUrl: asked.fullUrl?.replace('22222222', '33333333'), resource }
}

test('a file changed in part brings only what is new, and an answer bills the line that waited', async () => {
  const practice = await emptyPractice()
  await take(practice, sourceOf(bundleOf([ana, claim('1')])))
  expect(await held(practice)).toMatchObject({ charges: 1, invoices: 0, waiting: '10000' })
  const report = await take(
    practice,
    sourceOf(bundleOf([ana, claim('1'), answerTo(claim('1')), claim('2', { insurance: [] })])),
  )
  expect(report).toMatchObject({ status: 'taken', charges: 2, invoices: 2, patients: 1 })
  expect(await held(practice)).toMatchObject({
    patients: 1,
    charges: 2,
    invoices: 2,
    resources: 4,
    waiting: '0',
    open: '12000',
  })
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('what names itself outside the file is kept by its display', async () => {
  const practice = await emptyPractice()
  await take(practice, sourceOf(syntheaText('beatris')))
  const names = await query<{ name: string; npi: string }>(
    world,
    'select name, npi from practice.clinician where practice_id = $1 order by name',
    [practice.id],
  )
  expect(names).toContainEqual({ name: 'Dr. Elisa944 Rojo930', npi: '9999950899' })
  const places = await query<{ name: string }>(world, 'select name from practice.location where practice_id = $1', [
    practice.id,
  ])
  expect(places.map(place => place.name)).toContain('BLUESKIES WELLNESS INC')
  const payers = await query<{ payer: string }>(
    world,
    'select payer from insurance.coverage where practice_id = $1 order by 1',
    [practice.id],
  )
  expect(payers.map(row => row.payer)).toEqual(['Humana', 'Medicare'])
})

test('resources are kept as they came, by patient', async () => {
  const practice = await emptyPractice()
  const text = syntheaText('kermit')
  await take(practice, sourceOf(text))
  const kept = await query<{ source: string; body: unknown; patient_id: string | null }>(
    world,
    'select source, body, patient_id from exchange.resource where practice_id = $1',
    [practice.id],
  )
  const bodies = new Map(kept.map(row => [row.source, row.body]))
  const entries: { fullUrl: string; resource: unknown }[] = JSON.parse(text).entry
  for (const entry of entries) expect(bodies.get(entry.fullUrl)).toEqual(entry.resource)
  const unowned = new Set(
    kept.filter(row => row.patient_id === null).map(row => (row.body as { resourceType: string }).resourceType),
  )
  expect([...unowned].sort()).toEqual(['Organization', 'Practitioner'])
})

test('a refused file leaves nothing, and says why and where', async () => {
  const practice = await emptyPractice()
  const report = await take(
    practice,
    sourceOf(bundleOf([ana, claim('1', { total: { value: 'much' } })]), { name: 'bad.json' }),
  )
  expect(report).toMatchObject({
    file: 'bad.json',
    status: 'refused',
    why: 'The amount "much" is no decimal number.',
    entries: 0,
    taken: 0,
  })
  expect(report.at).toMatch(/^\/entry\/1\/resource\/total\/value \(line \d+, column \d+\)$/)
  expect(await held(practice)).toEqual(NOTHING)
})

/** A source that goes wrong while it is written (hashed and checked it was before): the process dies, or the file was changed. */
function writtenFrom(text: string, written: () => AsyncIterable<Uint8Array>): Source {
  const source = sourceOf(text)
  let readings = 0
  return { ...source, open: () => (++readings <= 2 ? source.open() : written()) }
}

test('an import that ends half-way leaves nothing, and the next one takes it all', async () => {
  const practice = await emptyPractice()
  const text = syntheaText('reyna')
  async function* half() {
    yield Buffer.from(text.slice(0, text.length / 2))
    throw new Error('the disk is gone')
  }
  await expect(take(practice, writtenFrom(text, half))).rejects.toThrow('the disk is gone')
  expect(await held(practice)).toEqual(NOTHING)
  expect(
    await take(
      practice,
      writtenFrom(text, () => sourceOf(`${text} `).open()),
    ),
  ).toMatchObject({
    status: 'refused',
    why: 'The file changed while it was being read.',
  })
  expect(await held(practice)).toEqual(NOTHING)
  expect((await take(practice, sourceOf(text))).status).toBe('taken')
})

test('the same file sent twice at once is taken once', async () => {
  const practice = await emptyPractice()
  const text = syntheaText('buster')
  const reports = await Promise.all([1, 2, 3].map(() => take(practice, sourceOf(text))))
  expect(reports.map(report => report.status).sort()).toEqual(['taken', 'unchanged', 'unchanged'])
  expect(await held(practice)).toMatchObject({ patients: 1, charges: 12, invoices: 3, imports: 1 })
})

test('a claim whose patient an earlier file brought, named by its URL, is billed', async () => {
  const practice = await emptyPractice()
  const url = 'https://ehr.example/fhir/Patient/ana'
  await take(practice, sourceOf(bundleOf([{ ...ana, fullUrl: url }])))
  const report = await take(practice, sourceOf(bundleOf([claim('7', { patient: { reference: url }, insurance: [] })])))
  expect(report).toMatchObject({ status: 'taken', patients: 0, charges: 1, held: [] })
  const elsewhere = await take(world.other, sourceOf(bundleOf([claim('7', { patient: { reference: url } })])))
  expect(elsewhere.held.map(one => one.why)).toEqual(['Its patient is not in this file.'])
})

test('a file of organizations and clinicians alone is taken', async () => {
  const practice = await emptyPractice()
  const clinic: Entry = {
    fullUrl: 'urn:uuid:o',
    resource: { resourceType: 'Organization', name: 'Mill Street Clinic' },
  }
  const doctor: Entry = {
    fullUrl: 'urn:uuid:d',
    resource: { resourceType: 'Practitioner', name: [{ family: 'Vo', given: ['An'], prefix: ['Dr.'] }] },
  }
  expect(await take(practice, sourceOf(bundleOf([clinic, doctor])))).toMatchObject({
    status: 'taken',
    entries: 2,
    taken: 2,
    patients: 0,
  })
})

test('a claim of a thousand answered lines is one bill', async () => {
  const practice = await emptyPractice()
  const long = claim('1')
  const item = (n: number) => ({ ...(long.resource as { item: object[] }).item[0], sequence: n })
  const lines = Array.from({ length: 1000 }, (_, index) => item(index + 1))
  const asked = { ...long, resource: { ...(long.resource as object), item: lines } }
  const answer = answerTo(long)
  const [said] = (answer.resource as { item: object[] }).item
  const answered = lines.map(({ sequence }) => ({ ...said, sequence }))
  const answers = { ...answer, resource: { ...(answer.resource as object), item: answered } }
  const report = await take(practice, sourceOf(bundleOf([ana, asked, answers])))
  expect(report).toMatchObject({ status: 'taken', charges: 1000, invoices: 1, money: { patientShare: '20000.00' } })
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('a household can be named for a patient', async () => {
  const practice = await emptyPractice()
  await take(practice, sourceOf(bundleOf([ana])))
  const scope = wholePractice(practice.id)
  const { findPatientBySource } = await import('../identity/patients.ts')
  const mother = await transact(world.app.db, scope, tx => findPatientBySource(tx, practice.id, ANA))
  const child: Entry = {
    fullUrl: 'urn:uuid:child',
    resource: { resourceType: 'Patient', name: [{ family: 'Ro', given: ['Leo'] }], birthDate: '2018-01-01' },
  }
  await take(practice, sourceOf(bundleOf([child])), { accountOf: () => mother?.account })
  const found = await transact(world.app.db, scope, tx => findPatientBySource(tx, practice.id, 'urn:uuid:child'))
  expect(found?.account).toBe(mother?.account)
})

test('a large file is read in a small space', async () => {
  const practice = await emptyPractice()
  const note = 'x'.repeat(2000)
  const size = 6_000 // times two kilobytes; a hundred megabytes need no more space, tried by hand
  async function* open() {
    yield Buffer.from(`{"resourceType":"Bundle","type":"collection","entry":[${JSON.stringify(ana)}`)
    for (let i = 0; i < size; i++) {
      const resource = { resourceType: 'Observation', id: `${i}`, subject: { reference: ANA }, note }
      yield Buffer.from(`,${JSON.stringify({ fullUrl: `urn:uuid:${i}`, resource })}`)
    }
    yield Buffer.from(']}')
  }
  let most = 0
  const before = process.memoryUsage()
  const report = await take(
    practice,
    { name: 'large.json', bytes: size * 2100, open },
    {
      onBytes: () => {
        const { heapUsed, external } = process.memoryUsage()
        most = Math.max(most, heapUsed + external)
      },
    },
  )
  expect(report).toMatchObject({ status: 'taken', entries: size + 1, skipped: { Observation: size } })
  expect((most - before.heapUsed - before.external) / 1024 ** 2).toBeLessThan(120)
}, 120_000)
