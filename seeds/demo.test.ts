import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, startSandbox } from '../sandbox/running.ts'
import { checkLedger } from '../src/books/check.ts'
import { type OpenApp, openApp } from '../src/main/app.ts'
import { readConfig } from '../src/platform/config.ts'
import { findBySlug } from '../src/practice/practices.ts'
import { type FreshDatabase, freshDatabase } from '../test/support/database.ts'
import { CAST } from './cast.ts'
import { isSeeded, seedDemo } from './demo.ts'

const TODAY = Temporal.PlainDate.from('2026-11-20')

let folder: string
let database: FreshDatabase
let sandbox: Running
let app: OpenApp

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portico-seed-'))
  database = await freshDatabase()
  sandbox = await startSandbox({}, folder)
  const config = readConfig({ PORTICO_MODE: 'test', PORTICO_DATA: folder, STRIPE_API_BASE: sandbox.url })
  app = await openApp(config, { appUrl: database.appUrl, queueUrl: database.queueUrl, name: 'seed', silent: true })
})
afterAll(async () => {
  await app?.close()
  await sandbox?.stop()
  await database?.drop()
  rmSync(folder, { recursive: true, force: true })
})

async function query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.superuserUrl })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

/** How much there is of everything a seed makes. */
function counts() {
  return query(`select (select count(*)::int from identity.patient) as patients, (select count(*)::int from billing.invoice) as invoices,
    (select count(*)::int from payments.payment) as payments, (select count(*)::int from identity.access_grant) as grants,
    (select count(*)::int from identity.staff) as staff, (select count(*)::int from exchange.import) as imports`)
}

test('a seed that is killed on the way is completed by the next, also on a later day, and then changes nothing', async () => {
  expect(await isSeeded(app)).toBe(false)
  for (const stop of [4, 19, 21]) {
    const killed = seedDemo(app, {
      today: TODAY.add({ days: stop - 4 }),
      onProgress: done => {
        if (done === stop) throw new Error('killed')
      },
    })
    await expect(killed).rejects.toThrow('killed')
    expect(await isSeeded(app)).toBe(false)
  }
  await seedDemo(app, { today: TODAY.add({ days: 30 }) })
  expect(await isSeeded(app)).toBe(true)
  const after = await counts()
  expect(after).toMatchObject([{ patients: CAST.length, imports: CAST.length, payments: 5, staff: 3 }])
  await seedDemo(app, { today: TODAY })
  expect(await counts()).toEqual(after)
}, 120_000)

test('each of the cast owes what the story says', async () => {
  const owed = await query<{
    who: string
    total: string
    open: string
  }>(`select p.given_name || ' ' || p.family_name as who,
      i.total_cents::text as total, i.open_cents::text as open from identity.patient p
    join practice.directory d on d.id = p.practice_id join billing.invoice i on i.practice_id = p.practice_id and i.patient_id = p.id
    where i.open_cents > 0 and p.family_name in ('Ortega', 'Okafor', 'Fernández', 'Lindqvist', 'Whitfield') order by 1, i.total_cents`)
  expect(owed.map(({ who, total, open }) => `${who} ${total} ${open}`)).toEqual([
    'Dana Whitfield 2810 2810',
    'Dana Whitfield 11821 11821',
    'James Okafor 436906 436906',
    'Leo Ortega 36877 21877',
    'Lucía Fernández 5620 5620',
    'Maria Ortega 2810 2810',
  ])
})

test('cards are saved, one of them expires this month, and harbor has a payment to post', async () => {
  const cards =
    await query(`select p.given_name as who, m.brand, m.last4, m.is_default, (m.exp_year, m.exp_month) = (extract(year from now()), extract(month from now())) as ends
    from payments.method m join identity.guarantor g on g.practice_id = m.practice_id and g.account_id = m.account_id
    join identity.patient p on p.practice_id = g.practice_id and p.id = g.patient_id order by 1`)
  expect(cards).toEqual([
    { who: 'James', brand: 'mastercard', last4: '4444', is_default: true, ends: true },
    { who: 'Maria', brand: 'visa', last4: '4242', is_default: true, ends: false },
  ])
  const payments =
    await query(`select d.slug, status, posted_at is not null as posted, (received_at at time zone 'America/New_York')::date::text as day
    from payments.payment y join practice.directory d on d.id = y.practice_id order by received_at`)
  expect(payments).toEqual([
    { slug: 'riverside', status: 'succeeded', posted: true, day: '2026-10-19' },
    { slug: 'riverside', status: 'succeeded', posted: true, day: '2026-11-13' },
    { slug: 'riverside', status: 'succeeded', posted: true, day: '2026-11-15' },
    { slug: 'riverside', status: 'succeeded', posted: true, day: '2026-11-18' },
    { slug: 'harbor', status: 'succeeded', posted: false, day: '2026-11-19' },
  ])
})

test('every patient’s newest claim lies 3 to 20 days back, their birth date moved with it, and no name has a digit', async () => {
  const people = await query<{
    name: string
    days: number
  }>(`select p.given_name || ' ' || p.family_name as name, date '2026-11-20' - max(c.serviced_on) as days
    from identity.patient p join billing.charge c on c.practice_id = p.practice_id and c.patient_id = p.id group by p.practice_id, p.id, 1`)
  expect(people).toHaveLength(CAST.length)
  for (const { name, days } of people) expect({ name, ok: days >= 3 && days <= 20 }).toEqual({ name, ok: true })
  const names = await query<{ name: string }>(
    'select given_name || family_name as name from identity.patient union all select name from practice.clinician union all select payer from insurance.coverage',
  )
  expect(names.filter(({ name }) => /\d/.test(name))).toEqual([])
  const ages = await query(
    `select given_name as who, extract(year from age(date '2026-11-20', born_on))::int as age from identity.patient where family_name = 'Ortega' order by 1`,
  )
  expect(ages).toEqual([
    { who: 'Leo', age: 8 },
    { who: 'Maria', age: 46 },
  ])
})

test('people sign in for themselves and their children; the dead are in nobody’s household', async () => {
  const grants =
    await query(`select l.email, d.slug, string_agg(g.kind || ' ' || p.given_name, ', ' order by g.kind desc) as sees from identity.access_grant g
    join identity.login l on l.id = g.login_id join practice.directory d on d.id = g.practice_id
    join identity.patient p on p.practice_id = g.practice_id and p.id = g.patient_id
    where l.email like 'maria%' or l.email like 'dana%' group by 1, 2 order by 1, 2`)
  expect(grants).toEqual([
    { email: 'dana.whitfield@example.org', slug: 'harbor', sees: 'self Dana' },
    { email: 'dana.whitfield@example.org', slug: 'riverside', sees: 'self Dana' },
    { email: 'maria.ortega@example.org', slug: 'riverside', sees: 'self Maria, guardian Leo' },
  ])
  const dead =
    await query(`select given_name as who, (select count(*)::int from identity.access_grant g where g.practice_id = p.practice_id and g.account_id = p.account_id) as grants,
    (select count(*)::int from identity.patient o where o.practice_id = p.practice_id and o.account_id = p.account_id) as household from identity.patient p where deceased_on is not null`)
  expect(dead).toEqual([{ who: 'Dennis', grants: 0, household: 1 }])
})

test('the books of the demo agree with the processor', async () => {
  for (const slug of ['riverside', 'harbor']) {
    const practice = await findBySlug(app.db, slug)
    expect(practice && (await checkLedger(app, practice.id))).toMatchObject({ ok: true, differences: [] })
  }
})
