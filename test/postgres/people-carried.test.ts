import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '../../src/platform/migrate.ts'
import type { Practice } from '../../src/practice/practices.ts'
import { bundleOf } from '../support/bundles.ts'
import { claimEntry, patientEntry, patientsOf, take } from '../support/imports.ts'
import { databaseBefore } from '../support/older.ts'
import { makeWorld, query, type World } from '../support/world.ts'

const UUID = '5f0d1b1c-1111-4222-8333-944455566677'
const OLD = 'prc_old'
let world: World

/** A store of the time when a patient was whoever a file called `Patient/1`. */
beforeAll(async () => {
  const database = await databaseBefore('0015')
  const client = new pg.Client({ connectionString: database.superuserUrl })
  await client.connect()
  await client.query(`
    insert into practice.directory (id, slug) values ('${OLD}', 'old');
    insert into practice.practice (practice_id, name, time_zone, locale, phone, email) values ('${OLD}', 'Old', 'America/New_York', 'en', '1', 'o@example.org');
    insert into exchange.import (practice_id, id, file, content_hash, report, actor) values ('${OLD}', 'imp_1', 'f', 'h', '{}', 't');`)
  const people = [
    ['urn', `urn:uuid:${UUID.toUpperCase()}`, 'Ursula', {}],
    ['url', 'http://EHR.example/fhir/Patient/7', 'Ulla', {}],
    [
      'bare',
      'Patient/1',
      'Bea',
      {
        identifier: [{ type: { coding: [{ code: 'MR' }] }, system: 'urn:mr', value: ' 9 ' }, 5],
        name: [{ family: 'Old' }],
        birthDate: '1980-05-04',
      },
    ],
    [
      'mixed',
      'Patient/2',
      'Mia',
      {
        identifier: [{ type: { coding: [{ code: 'MR' }] }, system: 'urn:mr', value: '10' }],
        name: [{ family: 'Other' }],
        birthDate: '1970-01-01',
      },
    ],
  ] as const
  for (const [id, source, given, body] of people) {
    await client.query(`insert into identity.account (practice_id, id) values ($1, $2)`, [OLD, `acc_${id}`])
    await client.query(
      `insert into identity.patient (practice_id, id, account_id, source, given_name, family_name, born_on, gender) values ($1, $2, $3, $4, $5, 'Old', '1980-05-04', 'unknown')`,
      [OLD, `pat_${id}`, `acc_${id}`, source, given],
    )
    await client.query(
      `insert into exchange.resource (practice_id, source, type, patient_id, content_hash, body, import_id) values ($1, $2, 'Patient', $3, 'h', $4, 'imp_1')`,
      [OLD, source.startsWith('Patient/') ? `pat_${id} ${source}` : source, `pat_${id}`, JSON.stringify(body)],
    )
  }
  const claims = [
    ['urn', `http://ehr.example/fhir/Claim/${UUID}`, [{ system: 'urn:claims', value: '77' }]],
    ['url', 'http://EHR.example/fhir/Claim/c1', []],
    ['bare', 'Patient/1 Claim/c1', [{ system: 'urn:claims', value: '88' }]],
  ] as const
  for (const [id, source, identifier] of claims) {
    await client.query(
      `insert into billing.charge (practice_id, id, account_id, patient_id, source, sequence, title, description, units, serviced_on, charged_cents, share_cents, state)
        values ($1, $2, $3, $4, $5, 1, 'Office visit', 'Office visit', 1, '2026-08-20', 1000, 1000, 'answered')`,
      [OLD, `chg_${id}`, `acc_${id}`, `pat_${id}`, source],
    )
    await client.query(
      `insert into exchange.resource (practice_id, source, type, patient_id, content_hash, body, import_id) values ($1, $2, 'Claim', $3, 'h', $4, 'imp_1')`,
      [OLD, source.replace('Patient/1', 'pat_bare'), `pat_${id}`, JSON.stringify({ identifier })],
    )
  }
  await client.end()
  await migrate(database.ownerUrl)
  world = await makeWorld({ database })
}, 60_000)
afterAll(() => world?.end())

/** A file into the old practice, and what it then has: its people, and their charges. */
async function takeThere(entries: Parameters<typeof bundleOf>[0]) {
  const practice = { ...world.practice, id: OLD } as Practice
  const report = await take(world, practice, bundleOf(entries))
  const charges = await query<{ of: string }>(
    world,
    `select patient_id || ' ' || charged_cents as of from billing.charge where practice_id = $1 order by id`,
    [OLD],
  )
  return { report, people: (await patientsOf(world, practice)).length, charges: charges.map(row => row.of) }
}

const CARRIED = ['pat_bare 1000', 'pat_url 1000', 'pat_urn 1000']

test('whoever was known by a lasting address is known by it, however it is spelled, and so are their claims', async () => {
  const visit = (whose: string, id: string, url: string) => claimEntry(id, 10, { patient: { reference: whose } }, url)
  const found = await takeThere([
    patientEntry('Ursula', 'Old', {}, `https://ehr.example/fhir/Patient/${UUID}`),
    patientEntry('Ulla', 'Old', {}, 'https://ehr.example/fhir/Patient/7'),
    visit(`Patient/${UUID}`, UUID, `urn:uuid:${UUID}`),
    visit('https://ehr.example/fhir/Patient/7', 'c1', 'https://ehr.example/fhir/Claim/c1'),
  ])
  expect(found).toMatchObject({ report: { held: [], patients: 2 }, people: 4, charges: CARRIED })
})

test('whoever was known by a bare id is known by their number, and by name; the claim of that id and day is theirs', async () => {
  const numbered = { identifier: [{ type: { coding: [{ code: 'MR' }] }, system: 'urn:mr', value: '9' }] }
  const renamed = patientEntry('Bea', 'New', { ...numbered, id: '5' })
  const found = await takeThere([renamed, claimEntry('c1', 10, { patient: { reference: 'Patient/5' } })])
  expect(found).toMatchObject({ report: { held: [] }, people: 4, charges: CARRIED })
  expect(await takeThere([patientEntry('Mia', 'Old')])).toMatchObject({ report: { held: [] }, people: 4 })
})

test('a claim of a carried number is that claim, whatever its id', async () => {
  const again = claimEntry(
    'x',
    10,
    { patient: { reference: `urn:uuid:${UUID}` }, identifier: [{ system: 'urn:claims', value: '77' }] },
    'urn:uuid:x',
  )
  const found = await takeThere([patientEntry('Ursula', 'Old', {}, `urn:uuid:${UUID}`), again])
  expect(found).toMatchObject({ report: { notes: [{ claim: 'urn:uuid:x' }] }, charges: CARRIED })
})

test('another Patient/1 is somebody else, and a number from another person’s record is nobody’s', async () => {
  const other = patientEntry('Ben', 'Cole', {
    identifier: [{ type: { coding: [{ code: 'MR' }] }, system: 'urn:mr', value: '10' }],
  })
  const found = await takeThere([other, claimEntry('c1', 10)])
  expect(found).toMatchObject({ report: { held: [], charges: 1 }, people: 5 })
  expect(found.charges).toHaveLength(4)
})

test('the walls stand as before around what was carried', async () => {
  const open = await query(
    world,
    `select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('identity', 'exchange', 'billing', 'practice', 'insurance') and c.relkind = 'r'
      and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'practice_id') and not (c.relrowsecurity and c.relforcerowsecurity)`,
  )
  expect(open).toEqual([])
})
