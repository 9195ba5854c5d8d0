import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { checkLedger } from '../../src/books/check.ts'
import { openApp } from '../../src/main/app.ts'
import { restoreBackup, writeBackup } from '../../src/platform/backups.ts'
import { migrate } from '../../src/platform/migrate.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { ask, pictureOf, TABLES } from '../support/picture.ts'
import { makeTroupe } from '../support/troupe.ts'
import { makeHousehold, makeWorld, type World } from '../support/world.ts'

const home = mkdtempSync(join(tmpdir(), 'portico-backup-'))
const file = join(home, 'whole')
let world: World
beforeAll(async () => {
  world = await makeWorld({ watched: false })
  await makeTroupe(world)
  await ask(world.database.superuserUrl, ...STRANGE)
  await writeBackup(world.database.ownerUrl, file)
}, 120_000)
afterAll(async () => {
  await world?.end()
  rmSync(home, { recursive: true, force: true })
})

/** What the troupe leaves empty, with texts that a format of lines may stumble over. */
const STRANGE = [
  `insert into identity.verification (id, identifier, value, expires_at) values ('1', '', E'\\\\.\n\\\\N\t\r\n\\\\.\n', 'infinity'), ('2', E'\\\\', E'Иванова 👩‍⚕️ \u2028', now())`,
  `insert into identity.verification (id, identifier, value, expires_at) select '3', '', repeat('long', 50000), now()`,
  `insert into identity.allowance values (E'a\\tb', 1, '-infinity')`,
  `insert into platform.probe values ('infinity')`,
  `insert into identity.session (id, token, login_id, expires_at) select 'ses_' || id, id, id, now() from identity.login`,
  `insert into payments.inbox (event_id, processor_account, type, body) values ('evt_1', '', 'a.b', convert_to('{"a": "\\n\\\\."}', 'UTF8'))`,
]

/** A database without tables. */
async function emptyDatabase(): Promise<FreshDatabase> {
  const database = await freshDatabase('template0')
  onTestFinished(() => database.drop())
  return database
}

/** How each table is guarded and found: its policies, triggers, constraints and indexes, and whether they bind its owner. */
const WALLS = `select c.oid::regclass::text as name, relrowsecurity, relforcerowsecurity,
  array(select polname from pg_policy where polrelid = c.oid order by 1)::text[] as policies,
  array(select tgname || tgenabled::text from pg_trigger where tgrelid = c.oid and not tgisinternal order by 1) as triggers,
  array(select conname || pg_get_constraintdef(oid) || convalidated from pg_constraint where conrelid = c.oid order by 1) as constraints,
  array(select pg_get_indexdef(indexrelid) from pg_index where indrelid = c.oid order by 1) as indexes
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where relkind = 'r' and nspname !~ '^(pg_|information_schema$|pgboss$)' order by 1`

test('a store that was backed up and restored is the same in every row, counter and wall, and its books agree', async () => {
  const store = await emptyDatabase()
  const { rows } = await restoreBackup(store.ownerUrl, file)
  const before = await pictureOf(world.database.superuserUrl)
  expect(Object.keys(before).filter(name => before[name] === '0 ')).toEqual([])
  expect(await pictureOf(store.superuserUrl)).toEqual(before)
  expect(await ask(store.superuserUrl, WALLS)).toEqual(await ask(world.database.superuserUrl, WALLS))
  const counts = Object.entries(before).filter(([name]) => !name.endsWith('_seq') && name !== 'portico_migration')
  expect(rows).toBe(counts.reduce((sum, [, seen]) => sum + Number(seen.split(' ')[0]), 0))
  const app = await openApp(world.config, {
    appUrl: store.appUrl,
    queueUrl: store.queueUrl,
    name: 'restored',
    silent: true,
  })
  for (const { id } of [world.practice, world.other]) {
    const found = await checkLedger(app, id)
    expect(found).toEqual(await checkLedger(world.app, id))
    expect(found.ok).toBe(true)
  }
  // Life goes on there: numbers are counted on, and nothing is made twice.
  expect((await makeHousehold({ app, practice: world.practice }, [4200n])).bills).toHaveLength(1)
  await app.close()
})

test('a backup is read by nobody else, and takes the place of one before only when it is whole', async () => {
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const before = readFileSync(file)
  await expect(writeBackup((await emptyDatabase()).ownerUrl, file)).rejects.toThrow('nothing to back up')
  expect(readFileSync(file)).toEqual(before)
  await expect(writeBackup(world.database.ownerUrl, join(home, 'nowhere', 'file'))).rejects.toThrow('no such folder')
})

const altered = (change: (text: Buffer) => Buffer) => zstdCompressSync(change(zstdDecompressSync(readFileSync(file))))
const cut = (text: Buffer, at: number) => text.subarray(0, at)
const flip = (text: Buffer, needle: string, by: string) =>
  Buffer.from(text.toString('latin1').replace(needle, by), 'latin1')
const lastLine = (text: Buffer) => text.lastIndexOf(10, text.length - 2) + 1

test.each<[string, () => Buffer, RegExp]>([
  ['cut off in the middle', () => cut(readFileSync(file), statSync(file).size >> 1), /not whole/],
  ['without its last byte', () => cut(readFileSync(file), statSync(file).size - 1), /not whole/],
  ['without its end mark', () => altered(text => cut(text, lastLine(text))), /not whole/],
  ['cut off within a row', () => altered(text => cut(text, text.length >> 1)), /not whole/],
  ['with one cent changed', () => altered(text => flip(text, '\t9000\t', '\t9001\t')), /not whole/],
  [
    'with a row taken out',
    () => altered(text => flip(text, /\n[^\n]*\tvisa\t[^\n]*/.exec(text.toString())?.[0] ?? '', '')),
    /not whole/,
  ],
  ['with something behind its end', () => altered(text => Buffer.concat([text, Buffer.from('\n')])), /not whole/],
  ['that is a text', () => Buffer.from('select 1;\n'), /not whole|not a backup/],
  ['that is something else, compressed', () => zstdCompressSync('{"portico":"else"}\n'), /not a backup/],
])('a file %s is refused, and nothing of it stays', async (_what, make, why) => {
  const other = join(home, 'other')
  writeFileSync(other, make())
  const store = await emptyDatabase()
  await expect(restoreBackup(store.ownerUrl, other)).rejects.toThrow(why)
  expect(await ask(store.superuserUrl, TABLES)).toEqual([])
})

test('a store that holds anything is refused, and stays as it is', async () => {
  const before = await pictureOf(world.database.superuserUrl)
  await expect(restoreBackup(world.database.ownerUrl, file)).rejects.toThrow(/not empty.*PORTICO_DATA.*DATABASE_URL/)
  expect(await pictureOf(world.database.superuserUrl)).toEqual(before)
})

test('a migrated store without rows is filled, whatever its queue waits for', async () => {
  const store = await freshDatabase()
  onTestFinished(() => store.drop())
  await ask(store.superuserUrl, "insert into pgboss.job (name, data) values ('timed', '{}')")
  await restoreBackup(store.ownerUrl, file)
  expect(await pictureOf(store.superuserUrl)).toEqual(await pictureOf(world.database.superuserUrl))
})

test('a backup of an older version makes a store of that version, which then is migrated; one of an unknown version is refused', async () => {
  const [old, store, newest] = [await emptyDatabase(), await emptyDatabase(), await freshDatabase()]
  onTestFinished(() => newest.drop())
  await migrate(old.ownerUrl, undefined, undefined, '0009_letters')
  await ask(old.ownerUrl, `insert into practice.directory (id, slug) values ('prc_1', 'elm')`)
  const older = join(home, 'older')
  await writeBackup(old.ownerUrl, older)
  await expect(restoreBackup(newest.ownerUrl, older)).rejects.toThrow('is newer than the backup')
  await restoreBackup(store.ownerUrl, older)
  expect(await pictureOf(store.superuserUrl)).toEqual(await pictureOf(old.superuserUrl))
  await migrate(store.ownerUrl)
  expect(await ask(store.ownerUrl, 'select slug from practice.directory')).toEqual([{ slug: 'elm' }])
  const later = join(home, 'later')
  await ask(old.ownerUrl, `insert into public.portico_migration values ('9999_later', 'x')`)
  await writeBackup(old.ownerUrl, later)
  await expect(restoreBackup((await emptyDatabase()).ownerUrl, later)).rejects.toThrow('another version of Portico')
})
