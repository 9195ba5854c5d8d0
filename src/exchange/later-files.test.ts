import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleOf } from '../../test/support/bundles.ts'
import { caseFile, claimEntry, emptyPractice, patientEntry, patientsOf, take } from '../../test/support/imports.ts'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { findGrantee, recordGrant, recordLogin, selectRecipients } from '../identity/logins.ts'
import { writeHere } from '../identity/patient-record.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import type { AccountId, PatientId } from '../kernel/ids.ts'
import { rows, transact } from '../platform/database.ts'
import type { Practice } from '../practice/practices.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.end())

type Row = {
  id: PatientId
  account: AccountId
  name: string
  phone: string
  email: string
  address: object
  deceased: boolean
  on: string | null
}
async function recordsOf(practice: Practice): Promise<Row[]> {
  return query<Row>(
    world,
    `select id, account_id as account, full_name as name, phone, email, address, deceased, deceased_on::text as on
      from identity.patient where practice_id = $1 order by id`,
    [practice.id],
  )
}

async function theOne(practice: Practice): Promise<Row> {
  const [row, ...others] = await recordsOf(practice)
  if (!row || others.length > 0) throw new Error('there is not one patient')
  return row
}

const differences = (practice: Practice) =>
  query(world, 'select part, theirs from identity.patient_difference where practice_id = $1 order by part', [
    practice.id,
  ])

const mail = (value: string) => ({ system: 'email', value })
const phone = (value: string) => ({ system: 'phone', value })
const known = { identifier: [{ type: { coding: [{ code: 'MR' }] }, system: 'urn:mr', value: '7' }] }
const ada = (more: object = {}) => bundleOf([patientEntry('Ada', 'Bell', { ...known, ...more })])
const first = {
  telecom: [mail('ada@example.org'), phone('555-0100')],
  address: [{ line: ['1 Old Road'], city: 'Oldtown', state: 'MA', postalCode: '01001' }],
}

test('what holds now by period and use is taken, and what ended is not', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, caseFile('b4-old-name.json'))
  expect(await theOne(practice)).toMatchObject({
    name: 'Nora Vane',
    email: 'nora.vane@example.org',
    address: { lines: ['9 New Street'], city: 'Newtown', state: 'MA', postalCode: '02002' },
  })
})

test.each([
  ['a rank comes first', { telecom: [phone('1'), { ...phone('2'), rank: 1 }] }, { phone: '2' }],
  [
    'what has not begun does not hold',
    { telecom: [{ ...phone('1'), period: { start: '2199-01-01' } }, phone('2')] },
    { phone: '2' },
  ],
  ['a year alone ends with it', { telecom: [{ ...phone('1'), period: { end: '2020' } }, phone('2')] }, { phone: '2' }],
  ['what is called old is', { telecom: [{ ...phone('1'), use: 'old' }, phone('2')] }, { phone: '2' }],
  [
    'where one lives comes before where one works',
    {
      address: [
        { use: 'work', city: 'A' },
        { use: 'home', city: 'B' },
      ],
    },
    { address: { city: 'B' } },
  ],
  [
    'a maiden name is none now',
    {
      name: [
        { use: 'maiden', family: 'Old', given: ['Ada'] },
        { family: 'Bell', given: ['Ada'] },
      ],
    },
    { name: 'Ada Bell' },
  ],
])('%s', async (_, more, expected) => {
  const practice = await emptyPractice(world)
  await take(world, practice, ada(more))
  expect(await theOne(practice)).toMatchObject(expected)
})

test('a suffix and an address that is only text are kept', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, caseFile('d11-suffix-addrtext.json'))
  expect(await theOne(practice)).toMatchObject({
    name: 'Martin King Jr., MD',
    address: { lines: ['12 Long Lane', 'Springfield, MA 01101'] },
  })
})

test.each([
  ['b5-idn-mail.json', 'ines@xn--praxis-mller-klb.example'],
  ['b5-mailto.json', 'mia.mailto@example.org'],
  ['b5-mixed-case-mail.json', 'cal.caps@example.org'],
])('the address of mail of %s is kept in the one spelling', async (file, email) => {
  const practice = await emptyPractice(world)
  await take(world, practice, caseFile(file))
  expect((await theOne(practice)).email).toBe(email)
})

test('an address of mail that hides a character is left out, and told', async () => {
  const practice = await emptyPractice(world)
  const report = await take(
    world,
    practice,
    ada({ telecom: [mail('ada\u200b@example.org'), mail('second@example.org')] }),
  )
  expect(report.notes).toEqual([
    { claim: 'Patient/1', why: 'Its address of mail holds a character that cannot be seen; it is left out.' },
  ])
  expect((await theOne(practice)).email).toBe('second@example.org')
})

test('a later file brings a newer name, phone and address; what it leaves out stays', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, ada(first))
  const later = {
    name: [{ family: 'Cole', given: ['Ada'] }],
    telecom: [phone('555-0199')],
    address: [{ line: ['9 New Street'], city: 'Newtown' }],
  }
  const report = await take(world, practice, ada(later))
  expect(report).toMatchObject({ status: 'taken', patients: 1, new: { patients: 0 }, updated: { patients: 1 } })
  expect(await theOne(practice)).toMatchObject({
    name: 'Ada Cole',
    phone: '555-0199',
    email: 'ada@example.org',
    address: { lines: ['9 New Street'], city: 'Newtown' },
  })
  expect(await take(world, practice, `${ada(later)}\n`)).toMatchObject({
    status: 'unchanged',
    updated: { patients: 0 },
  })
  expect((await take(world, practice, ada({ name: [{ family: 'COLE', given: ['ADA'] }] }))).updated).toEqual({
    patients: 0,
  })
  expect((await theOne(practice)).name).toBe('Ada Cole')
})

test('a record that was written before the one known changes nothing', async () => {
  const practice = await emptyPractice(world)
  const written = (lastUpdated: string, number: string) => ada({ meta: { lastUpdated }, telecom: [phone(number)] })
  await take(world, practice, written('2026-05-01T00:00:00Z', '2'))
  expect((await take(world, practice, written('2026-04-01T00:00:00Z', '1'))).updated).toEqual({ patients: 0 })
  expect((await theOne(practice)).phone).toBe('2')
  expect((await take(world, practice, written('2026-06-01T00:00:00Z', '3'))).updated).toEqual({ patients: 1 })
})

test('a new address of mail from a file opens nothing: the known one stays, and the difference is kept', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, ada(first))
  await take(world, practice, ada({ telecom: [mail('other@example.org')] }))
  expect((await theOne(practice)).email).toBe('ada@example.org')
  expect(await differences(practice)).toEqual([{ part: 'email', theirs: 'other@example.org' }])
  await take(world, practice, `${ada(first)}\n`)
  expect(await differences(practice)).toEqual([])
})

test('a record without an address of mail takes the first that a file brings', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, ada())
  await take(world, practice, ada({ telecom: [mail('ada@example.org')] }))
  expect((await theOne(practice)).email).toBe('ada@example.org')
})

test('what was written here stands against every file, with the difference kept until a file agrees', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, ada(first))
  const { id } = await theOne(practice)
  const actor = system(practice.id, 'test')
  await transact(world.app.db, wholePractice(practice.id), tx =>
    writeHere(world.app, tx, actor, id, {
      phone: '555-0123',
      name: { givenName: 'Ada', familyName: 'Bell-Cole', suffix: null },
    }),
  )
  const report = await take(world, practice, ada({ telecom: [phone('555-0199')], address: [{ city: 'Newtown' }] }))
  expect(report.updated).toEqual({ patients: 1 })
  expect(await theOne(practice)).toMatchObject({
    name: 'Ada Bell-Cole',
    phone: '555-0123',
    address: { city: 'Newtown' },
  })
  expect(await differences(practice)).toEqual([
    { part: 'name', theirs: { givenName: 'Ada', familyName: 'Bell', suffix: null } },
    { part: 'phone', theirs: '555-0199' },
  ])
  await take(world, practice, ada({ name: [{ family: 'Bell-Cole', given: ['Ada'] }], telecom: [phone('555-0123')] }))
  expect(await differences(practice)).toEqual([])
})

/** Ada with a login of her own that also holds her daughter's bills, and another person's that holds hers. */
async function letIn(practice: Practice) {
  const { id: patient, account } = await theOne(practice)
  return transact(world.app.db, wholePractice(practice.id), async tx => {
    const own = await recordLogin(tx, { email: `ada@${practice.slug}.example.org`, name: 'Ada' })
    await recordGrant(tx, practice.id, { login: own, account, patient, kind: 'self', scope: 'record' })
    const other = await recordLogin(tx, { email: `ben@${practice.slug}.example.org`, name: 'Ben' })
    await recordGrant(tx, practice.id, { login: other, account, patient, kind: 'proxy', scope: 'billing' })
    return { account, own: `ada@${practice.slug}.example.org`, other: `ben@${practice.slug}.example.org` }
  })
}

test.each([
  ['with its day', { deceasedDateTime: '2026-10-02T23:30:00-04:00' }, '2026-10-02'],
  ['with a day in Z', { deceasedDateTime: '2026-10-03T01:30:00Z' }, '2026-10-02'],
  ['with a year alone', { deceasedDateTime: '2026' }, null],
  ['as a bare fact', { deceasedBoolean: true }, null],
])('a death %s ends what the dead could open and read, and leaves the payer theirs', async (_, said, on) => {
  const practice = await emptyPractice(world)
  await take(world, practice, ada(first))
  const { account, own, other } = await letIn(practice)
  const opens = (email: string) =>
    transact(world.app.db, wholePractice(practice.id), tx => findGrantee(tx, practice.id, email))
  const mailed = () =>
    transact(world.app.db, wholePractice(practice.id), tx => rows(tx, selectRecipients(practice.id, account)))
  expect((await mailed()).map(one => one.email).sort()).toEqual([own, other])
  const report = await take(world, practice, ada({ ...first, ...said }))
  expect(report).toMatchObject({ status: 'taken', updated: { patients: 1 } })
  expect(await theOne(practice)).toMatchObject({ deceased: true, on })
  expect([await opens(own), (await opens(other))?.name]).toEqual([undefined, 'Ben'])
  expect((await mailed()).map(one => one.email)).toEqual([other])
  const events = await query(world, `select type from audit.event where practice_id = $1 and type = 'patient.died'`, [
    practice.id,
  ])
  expect(events).toHaveLength(1)
  expect(await take(world, practice, `${ada({ ...first, ...said })}\n`)).toMatchObject({ status: 'unchanged' })
  await take(world, practice, ada({ ...first, deceasedBoolean: false }))
  expect([(await theOne(practice)).deceased, (await opens(own))?.name]).toEqual([false, 'Ada'])
})

test('a file that says nothing of a death takes none back', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, ada({ deceasedBoolean: true }))
  await take(world, practice, ada(first))
  expect(await theOne(practice)).toMatchObject({ deceased: true, phone: '555-0100' })
})

test('an instant in Z is a day of the practice, one with another offset the day that it says', async () => {
  const practice = await emptyPractice(world)
  await take(world, practice, caseFile('b2-utc-evening.json'))
  const days = await query(
    world,
    'select serviced_on::text as served, issued_on::text as issued from billing.invoice where practice_id = $1',
    [practice.id],
  )
  expect(days).toEqual([{ served: '2026-09-10', issued: '2026-09-10' }])
  const claim = claimEntry('2', 5, { billablePeriod: { start: '2026-09-11T01:15:00+00:00' }, created: '2026-09-11' })
  await take(world, practice, bundleOf([patientEntry('Bo', 'Offset'), claim]))
  const [day] = await query(
    world,
    `select serviced_on::text as day from billing.invoice where practice_id = $1 and total_cents = 500`,
    [practice.id],
  )
  expect(day).toEqual({ day: '2026-09-11' })
})

test('a reordered and reformatted repeat is told from something new', async () => {
  const practice = await emptyPractice(world)
  const entries = [
    patientEntry('Ada', 'Bell', first, 'urn:uuid:ada'),
    claimEntry('1', 10, { patient: { reference: 'urn:uuid:ada' } }, 'urn:uuid:one'),
  ]
  expect(await take(world, practice, bundleOf(entries))).toMatchObject({
    status: 'taken',
    new: { patients: 1, charges: 1, invoices: 1 },
  })
  const turned = entries.toReversed().map(entry => ({
    resource: Object.fromEntries(Object.entries(entry.resource as object).reverse()),
    fullUrl: entry.fullUrl ?? '',
  }))
  const none = { new: { patients: 0, charges: 0, invoices: 0 }, updated: { patients: 0 } }
  expect(await take(world, practice, JSON.stringify(JSON.parse(bundleOf(turned))))).toMatchObject({
    status: 'unchanged',
    charges: 1,
    ...none,
  })
  const more = [...entries, claimEntry('2', 20, { patient: { reference: 'urn:uuid:ada' } }, 'urn:uuid:two')]
  expect(await take(world, practice, bundleOf(more))).toMatchObject({
    status: 'taken',
    charges: 2,
    new: { patients: 0, charges: 1, invoices: 1 },
  })
  expect(await patientsOf(world, practice)).toEqual(['Ada Bell'])
})

test('texts have lengths and one line, none steers a terminal, and marks of direction end with them', async () => {
  const practice = await emptyPractice(world)
  for (const name of [
    'b12-name-ansi',
    'b12-name-rlo',
    'b12-name-arabic',
    'b12-name-chinese',
    'b12-name-long',
    'b19-multiline-desc',
  ])
    expect((await take(world, practice, caseFile(`${name}.json`))).status).toBe('taken')
  const texts = await query<{ text: string; most: number }>(
    world,
    `select given_name as text, 200 as most from identity.patient where practice_id = $1
      union all select family_name, 200 from identity.patient where practice_id = $1
      union all select title, 300 from billing.invoice where practice_id = $1
      union all select description, 2000 from billing.charge where practice_id = $1`,
    [practice.id],
  )
  for (const { text, most } of texts) {
    expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
    expect([...text].length).toBeLessThanOrEqual(most + 3)
  }
  const all = texts.map(one => one.text).join('\n')
  expect(all).toContain('[2J [31mRed')
  expect(all).toContain('\u2068\u202egnp.exe\u202c\u2069')
  expect(all).toContain('Line one Line two Tabbed bell')
  expect(all).toContain('検査 Приём เลือด')
})

test('a text that is cut is told', async () => {
  const practice = await emptyPractice(world)
  const item = (text: string) => ({
    item: [{ sequence: 1, productOrService: { text }, net: { value: 1, currency: 'USD' } }],
    total: undefined,
  })
  const report = await take(
    world,
    practice,
    bundleOf([patientEntry('A'.repeat(250), 'Bell'), claimEntry('1', 1, item('w '.repeat(1500)))]),
  )
  expect(report.notes).toEqual([
    { claim: 'Patient/1', why: 'A text of 250 characters is cut to 200.' },
    { claim: 'Claim/1', why: 'A text of 2999 characters is cut to 2000.' },
    { claim: 'Claim/1', why: 'Its title has 2000 characters and is cut to 300.' },
  ])
})
