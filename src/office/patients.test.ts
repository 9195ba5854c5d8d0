import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { type Client, type Site, serveWorld, signIn, signInStaff } from '../../test/support/http.ts'
import { type Household, imbalance, makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { updateFromFile } from '../identity/patient-record.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import { transact } from '../platform/database.ts'

let world: World
let site: Site
let staff: Client
let bank: Bank
beforeAll(async () => {
  world = await makeWorld()
  site = await serveWorld(world)
  staff = await signInStaff(world, site)
  bank = bankOf(world)
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await world?.end()
})

const pathOf = ({ patient }: Household) => `/riverside/office/patients/${patient}`

/** The desk's form as the page brings it: all that is owed, in cash. */
async function deskForm(path: string, more: Record<string, string | string[]> = {}) {
  const { body } = await staff.get(path)
  const field = (name: string) => new RegExp(`name="${name}"(?: type="text")? value="([^"]+)"`).exec(body)?.[1] ?? ''
  return {
    _csrf: field('_csrf'),
    payment: field('payment'),
    amount: field('amount'),
    kind: 'cash',
    reference: '',
    ...more,
  }
}

test('cash for all that is owed is recorded, posted and shown with where it went', async () => {
  const household = await makeHousehold(world, [10000n, 5000n])
  const path = pathOf(household)
  const form = await deskForm(path)
  expect(form.amount).toBe('150.00')
  const taken = await staff.post(`${path}/payments`, form)
  expect(taken).toMatchObject({
    status: 303,
    location: `/riverside/office/transactions/${form.payment}?done=recorded`,
  })
  const page = await staff.get(taken.location ?? '')
  expect(page.body).toContain('$150.00 from Maria Ortega is recorded.')
  expect(page.body).toContain('Taken at the desk by Tom Becker')
  expect((await bank.owed(household.account)).total).toBe(0n)
  expect((await staff.get(path)).body).toContain('Every bill is paid.')
  expect(await imbalance(world)).toEqual({ entries: '0', receivables: 0 })
})

test('a check pays the bill that was picked first, and its number is kept', async () => {
  const household = await makeHousehold(world, [10000n, 5000n])
  const path = pathOf(household)
  const [, second = ''] = household.bills
  const form = await deskForm(path, { amount: '50', kind: 'cheque', reference: '1180', bill: [second] })
  expect((await staff.post(`${path}/payments`, form)).status).toBe(303)
  const left = (await bank.owed(household.account)).lines.map(line => line.invoice)
  expect(left).not.toContain(second)
  expect((await staff.get('/riverside/office/transactions?q=1180')).body).toContain('Check 1180')
})

test('the same form sent ten times at once is one payment', async () => {
  const household = await makeHousehold(world, [10000n])
  const path = pathOf(household)
  const form = await deskForm(path, { amount: '20.00' })
  const answers = await Promise.all(Array.from({ length: 10 }, () => staff.post(`${path}/payments`, form)))
  expect(new Set(answers.map(answer => answer.location)).size).toBe(1)
  expect((await bank.owed(household.account)).total).toBe(8000n)
  const other = await staff.post(`${path}/payments`, { ...form, amount: '30.00' })
  expect(other.status).toBe(422)
  expect(other.body).toContain('already sent')
})

test('too much, no amount and no kind come back with the form and what was typed', async () => {
  const household = await makeHousehold(world, [10000n])
  const path = pathOf(household)
  for (const [more, said] of [
    [{ amount: '100.01' }, 'The household owes $100.00'],
    [{ amount: '12,34' }, 'Type an amount in dollars above zero'],
    [{ amount: '1.00', kind: 'gold' }, 'Choose one of the answers.'],
  ] as const) {
    const answer = await staff.post(`${path}/payments`, await deskForm(path, more))
    expect(answer.status).toBe(422)
    expect(answer.body).toContain(said)
    expect(answer.body).toContain(`value="${more.amount}"`)
  }
  expect((await bank.owed(household.account)).total).toBe(10000n)
})

test("another household's bill or payment id is not there", async () => {
  const [mine, theirs] = [await makeHousehold(world, [10000n]), await makeHousehold(world, [10000n])]
  const path = pathOf(mine)
  const { payment } = await deskForm(pathOf(theirs))
  const [bill = ''] = theirs.bills
  const foreign: Record<string, string>[] = [
    { bill },
    { payment },
    { bill: 'x' },
    { payment: 'pay_00000000000000000000000000' },
  ]
  for (const more of foreign)
    expect((await staff.post(`${path}/payments`, await deskForm(path, more))).status).toBe(404)
  expect((await bank.owed(mine.account)).total).toBe(10000n)
})

test('a bill is mailed to the household that has an address, and only then', async () => {
  const household = await makeHousehold(world, [10000n], world.practice, 'Mailed')
  const path = pathOf(household)
  const [bill] = household.bills
  expect((await staff.get(path)).body).not.toContain(`/bills/${bill}/mail`)
  const mail = async () => staff.post(`/riverside/office/bills/${bill}/mail`, { _csrf: await staff.csrf(path) })
  expect((await mail()).status).toBe(409)
  expect((await staff.get(`${path}?mailed=${bill}`)).body).not.toContain('is on its way')
  await signIn(world, site, household, { email: 'mailed@example.org' })
  const sent = await mail()
  expect(sent).toMatchObject({ status: 303, location: `${path}?mailed=${bill}` })
  expect((await staff.get(sent.location ?? '')).body).toContain('is on its way to mailed@example.org.')
  const jobs = await query(
    world,
    `select j.id from pgboss.job j join audit.event e on e.id = j.data->>'event' where e.type = 'invoice.mailed' and e.subject = $1`,
    [bill],
  )
  expect(jobs).toHaveLength(1)
})

test('patients are found by name and email; each shows what they owe', async () => {
  const household = await makeHousehold(world, [12345n], world.practice, 'Findable')
  await query(world, `update identity.patient set email = 'f@find.example.org' where id = $1`, [household.patient])
  for (const q of ['findable', 'Findable Ort', 'f@find.']) {
    const { body } = await staff.get(`/riverside/office/patients?q=${encodeURIComponent(q)}`)
    expect(body).toContain('Findable Ortega')
    expect(body).toContain('$123.45')
  }
  expect((await staff.get('/riverside/office/patients?q=nobody-at-all')).body).toContain('No patient fits')
  expect((await staff.get('/riverside/office/patients?after=x')).status).toBe(200)
})

test("another practice's patients and bills are not there", async () => {
  const household = await makeHousehold(world, [10000n])
  const elsewhere = await signInStaff(world, site, { practice: world.other })
  const foreign = pathOf(household).replace('riverside', 'harbor')
  expect((await elsewhere.get(foreign)).status).toBe(404)
  const _csrf = await elsewhere.csrf('/harbor/office/patients')
  expect((await elsewhere.post(`${foreign}/payments`, { _csrf })).status).toBe(404)
  expect((await elsewhere.post(`/harbor/office/bills/${household.bills[0]}/mail`, { _csrf })).status).toBe(404)
})

test('a record number that is a UUID is left out of the heading, one that people use is not', async () => {
  const household = await makeHousehold(world, [10000n])
  const number = (to: string) =>
    query(world, 'update identity.patient set record_number = $1 where id = $2', [to, household.patient])
  await number('9c3df38a-1f0e-4a6b-8a57-0c4bb2c2a001')
  const { body } = await staff.get(pathOf(household))
  expect(body).not.toContain('9c3df38a')
  expect(body).toContain('guarantor')
  await number('MR-1042')
  expect((await staff.get(pathOf(household))).body).toContain('Record MR-1042')
})

/** Writes into a patient's record as a file does, and reads their page. */
async function pageAfter(household: Household, said: Parameters<typeof updateFromFile>[4]): Promise<string> {
  await transact(world.app.db, wholePractice(world.practice.id), tx =>
    updateFromFile(world.app, tx, system(world.practice.id, 'test'), household.patient, said),
  )
  return (await staff.get(pathOf(household))).body
}

test('a death is shown on the page, with its day where it is known', async () => {
  const household = await makeHousehold(world, [10000n], world.practice, 'Mortimer')
  const unknown = await pageAfter(household, { death: { died: true, on: null } })
  expect(unknown).toContain('Died; the day is not known here. Their own access, links and mails have ended.')
  const known = await pageAfter(household, { death: { died: true, on: Temporal.PlainDate.from('2026-10-02') } })
  expect(known).toContain('Died October 2, 2026.')
  expect(known).toContain('deceased')
  expect(await pageAfter(await makeHousehold(world, []), {})).not.toContain('Died')
})

test('what a file says otherwise than the record is shown beside it', async () => {
  const household = await makeHousehold(world, [])
  const first = await pageAfter(household, { email: 'first@differs.example.org', phone: '555-0100' })
  expect(first).toContain('first@differs.example.org')
  expect(first).not.toContain('Files say otherwise')
  const second = await pageAfter(household, { email: 'second@differs.example.org', phone: '555-0199' })
  expect(second).toContain('Files say otherwise')
  expect(second).toContain('<bdi>second@differs.example.org</bdi>')
  expect(second).toContain('555-0199')
})
