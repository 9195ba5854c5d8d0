import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkLedger } from '../../src/books/check.ts'
import { work } from '../../src/jobs/worker.ts'
import { openApp } from '../../src/main/app.ts'
import { subscribers } from '../../src/main/subscribers.ts'
import { readMailbox } from '../../src/platform/mail.ts'
import { isMigrated, migrate } from '../../src/platform/migrate.ts'
import { nativeFolder } from '../../src/platform/postgres/binaries.ts'
import { startPostgres } from '../../src/platform/postgres/embedded.ts'
import type { Postgres } from '../../src/platform/postgres/postgres.ts'
import { roleUrl } from '../../src/platform/postgres/socket.ts'
import { bankOf } from '../support/bank.ts'
import { type Member, makeTroupe, type Troupe } from '../support/troupe.ts'
import { makeWorld, query, type World } from '../support/world.ts'

const OLDEST = 15
const here = `${process.platform}-${process.arch}`

if (here !== 'linux-x64') test.skip(`PostgreSQL ${OLDEST} comes by npm for linux-x64 alone; this is ${here}`, () => {})

describe.runIf(here === 'linux-x64')(`on PostgreSQL ${OLDEST}, the oldest that is supported`, () => {
  let home: string
  let server: Postgres
  let world: World
  let troupe: Troupe
  let app: pg.Client

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'portico-oldest-'))
    server = await startPostgres({ folder: join(home, 'postgres'), fsync: false, native: nativeFolder(OLDEST) })
    const { ownerUrl } = server
    await migrate(ownerUrl)
    const [appUrl, queueUrl, superuserUrl] = [
      roleUrl(ownerUrl, 'portico_app'),
      roleUrl(ownerUrl, 'portico_queue'),
      roleUrl(ownerUrl, 'postgres'),
    ]
    const database = { ownerUrl, appUrl, queueUrl, superuserUrl, drop: async () => {} }
    world = await makeWorld({ database })
    troupe = await makeTroupe(world)
    app = new pg.Client({ connectionString: appUrl })
    await app.connect()
  }, 60_000)
  afterAll(async () => {
    await app?.end()
    await world?.end()
    await server?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  /** The code with which a statement of the app is refused. */
  async function refusalOf(statement: string): Promise<string | undefined> {
    try {
      await app.query(`begin; ${statement}`)
      return undefined
    } catch (error) {
      return (error as pg.DatabaseError).code
    } finally {
      await app.query('rollback')
    }
  }

  const scoped = (practice: string, accounts: string) =>
    `select set_config('portico.practice', '${practice}', true), set_config('portico.accounts', '${accounts}', true), set_config('portico.patients', 'none', true)`

  async function idsSeen(table: string, practice: string, accounts: string): Promise<string[]> {
    await app.query(`begin; ${scoped(practice, accounts)}`)
    const { rows } = await app.query<{ id: string }>(`select id from ${table}`)
    await app.query('rollback')
    return rows.map(({ id }) => id)
  }

  test('everything is migrated, and migrating again changes nothing', async () => {
    const [found] = await query(world, `select current_setting('server_version_num')::int / 10000 as major`)
    expect(found).toEqual({ major: OLDEST })
    const ran: string[] = []
    await migrate(server.ownerUrl, name => ran.push(name))
    expect(ran).toEqual([])
    expect(await isMigrated(text => app.query(text))).toBe(true)
  })

  test('payments, refunds and disputes of two practices leave books that agree with the processor', async () => {
    for (const practice of [world.practice, world.other]) {
      const { ok, counts, differences } = await checkLedger(world.app, practice.id)
      expect(differences).toEqual([])
      expect(ok).toBe(true)
      expect(Number(counts.payments)).toBeGreaterThan(5)
    }
  })

  test('a worker tells of a payment', async () => {
    const [member] = troupe.members
    if (!member) throw new Error('the troupe is empty')
    const options = { appUrl: world.database.appUrl, queueUrl: world.database.queueUrl, name: 'worker' }
    const worker = await openApp(world.config, { ...options, worker: true, silent: true })
    const working = await work(worker, subscribers)
    const mails = async () => (await readMailbox(world.config.dataFolder, member.email)).length
    try {
      await expect.poll(mails, { timeout: 15_000 }).toBeGreaterThan(0)
      const before = await mails()
      await bankOf(world).pay({ account: member.household.account, amount: 500n })
      await expect.poll(mails, { timeout: 15_000 }).toBeGreaterThan(before)
    } finally {
      await working.stop()
      await worker.close()
    }
  })

  test("the app's role owns nothing, becomes nobody else, and changes no fact", async () => {
    const { id } = world.practice
    for (const statement of [
      'set role portico_owner',
      'set role portico_queue',
      'alter table payments.payment disable row level security',
      'create table payments.mine (x int)',
      'update ledger.line set cents = 0',
      'delete from audit.event',
      'truncate payments.payment cascade',
    ])
      expect(await refusalOf(`${scoped(id, '*')}; ${statement}`), statement).toBe('42501')
  })

  test("a practice, and a household, is shown its own rows, and nobody's without a scope", async () => {
    const [maria, neighbour, elsewhere] = troupe.members as [Member, Member, Member]
    expect(await refusalOf('select * from payments.payment')).toBe('42501')
    const own = await idsSeen('payments.payment', maria.practice.id, maria.household.account)
    expect(own).toContain(maria.paid)
    expect(own).not.toContain(neighbour.paid)
    const whole = await idsSeen('payments.payment', maria.practice.id, '*')
    expect(whole).toEqual(expect.arrayContaining([maria.paid, neighbour.paid]))
    expect(whole).not.toContain(elsewhere.paid)
    const theirs = `insert into practice.setting (practice_id, name, value, changed_by) values ('${elsewhere.practice.id}', 'x', '1', 'test')`
    expect(await refusalOf(`${scoped(maria.practice.id, '*')}; ${theirs}`)).toBe('42501')
  })
})
