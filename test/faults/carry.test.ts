import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { restoreBackup, writeBackup } from '../../src/platform/backups.ts'
import { tryLock } from '../../src/platform/lock.ts'
import { startPostgres } from '../../src/platform/postgres/embedded.ts'
import { readPostmaster } from '../../src/platform/postgres/postmaster.ts'
import { roleUrl } from '../../src/platform/postgres/socket.ts'
import { leasePostgres } from '../../src/platform/shared-postgres.ts'
import { ask, pictureOf } from '../support/picture.ts'
import { builtEntry, startProcess } from '../support/processes.ts'
import { until } from '../support/settled.ts'
import { makeTroupe } from '../support/troupe.ts'
import { makeWorld } from '../support/world.ts'

const home = mkdtempSync(join(tmpdir(), 'portico-carry-'))
const original = join(home, 'original')
const superuser = (ownerUrl: string) => roleUrl(ownerUrl, 'postgres')
let before: Record<string, string>
let entry: string

/** A store full of rows in a cluster as Portico made them at first. */
beforeAll(async () => {
  entry = await builtEntry()
  const world = await makeWorld()
  await makeTroupe(world)
  await writeBackup(world.database.ownerUrl, join(home, 'backup'))
  before = await pictureOf(world.database.superuserUrl)
  await world.end()
  const server = await startPostgres({ folder: join(original, 'postgres'), fsync: false })
  await ask(
    superuser(server.ownerUrl).replace(/portico$/, 'postgres'),
    'drop database portico',
    `create database portico owner portico_owner template template0 locale_provider builtin builtin_locale 'C.UTF-8' lc_collate 'C' lc_ctype 'C'`,
  )
  await restoreBackup(server.ownerUrl, join(home, 'backup'))
  await server.stop()
}, 180_000)
afterAll(() => rmSync(home, { recursive: true, force: true }), 60_000)

function copyOfIt(name: string): { data: string; folder: string } {
  const data = join(home, name)
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  execFileSync('cp', ['-a', original, data]) // with the owner of each file, which Node does not keep
  return { data, folder: join(data, 'postgres') }
}

const kept = (folder: string) => globSync(`${folder}.before-*`)
const LETTERS = `select datctype, similarity('Иванова', 'Иванов') > 0.5 as similar from pg_database where datname = current_database()`

/** What is in the store now, and how its searches see letters. */
async function seen(folder: string) {
  const told: string[] = []
  const server = await leasePostgres({ folder, fsync: false, tell: sentence => told.push(sentence) })
  try {
    const url = superuser(server.ownerUrl)
    const picture = await pictureOf(url)
    const letters = (await ask(url, 'create extension if not exists pg_trgm', LETTERS))[0]
    return { picture, letters, told }
  } finally {
    await server.release()
  }
}
const NEW = { datctype: 'C.UTF-8', similar: true }
const SLOW = { timeout: 120_000 }

test(
  'a store made without letters beyond ASCII is carried into a new cluster once, with a sentence, and the old one stays',
  SLOW,
  async () => {
    const { folder } = copyOfIt('once')
    const first = await seen(folder)
    expect(first).toMatchObject({ picture: before, letters: NEW })
    expect(first.told.join()).toMatch(/carried into a new one with all of its \d+ rows; the old one stays in .*before-/)
    expect(await seen(folder)).toMatchObject({ picture: before, letters: NEW, told: [] })
    const [old = '', ...more] = kept(folder)
    expect([existsSync(join(old, 'PG_VERSION')), more]).toEqual([true, []])
    // As a run leaves it that is killed between the two renames: the old store has left its place, the new one is not there yet.
    renameSync(folder, `${folder}.carried`)
    expect(await seen(folder)).toMatchObject({ picture: before, letters: NEW, told: [] })
    expect(await seen(old)).toMatchObject({ picture: before })
  },
)

test('a store that somebody else uses stays as it is until they are gone', SLOW, async () => {
  const { folder } = copyOfIt('shared')
  await startPostgres({ folder, fsync: false })
  const use = tryLock(`${folder}.users`, 'shared')
  expect(await seen(folder)).toMatchObject({ picture: before, letters: { datctype: 'C' }, told: [] })
  use?.release()
  expect(await seen(folder)).toMatchObject({
    picture: before,
    letters: NEW,
    told: [expect.stringContaining('carried')],
  })
})

/** Runs a command that needs the database, and kills it when this has become true. */
async function killedWhen(data: string, condition: () => boolean): Promise<void> {
  const env = { NODE_ENV: '', PORTICO_MODE: 'test', PORTICO_DATA: data }
  const run = startProcess('migrate', [entry, 'migrate'], env, join(data, 'log'))
  let ended = false
  void run.ended.then(() => (ended = true))
  await until(async () => (condition() || ended ? true : undefined), 'the moment to kill has come')
  run.signal('SIGKILL')
  await run.ended
}

const moments: Record<string, (folder: string) => boolean> = {
  'while the new cluster is made': folder => globSync(`${folder}.carrying.new-*`).length > 0,
  'while rows are written': folder => readPostmaster(`${folder}.carrying`)?.status === 'ready',
  'when all is carried': folder => existsSync(`${folder}.carried`),
}

test.each(Object.entries(moments))(
  'killed %s, nothing is lost, and the next start ends it',
  SLOW,
  async (name, moment) => {
    const { data, folder } = copyOfIt(name.replaceAll(' ', '-'))
    await killedWhen(data, () => moment(folder))
    expect(await seen(folder)).toMatchObject({ picture: before, letters: NEW })
    expect(kept(folder)).toHaveLength(1)
    expect(globSync(`${folder}.carr*`)).toEqual([])
  },
)
