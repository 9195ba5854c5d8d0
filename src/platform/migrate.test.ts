import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from './migrate.ts'
import { startPostgres } from './postgres/embedded.ts'
import type { Postgres } from './postgres/postgres.ts'
import { roleUrl } from './postgres/socket.ts'

/** A server that asks the two roles for passwords, as one of your own does. */
const home = mkdtempSync(join(tmpdir(), 'portico-migrate-'))
let server: Postgres
beforeAll(async () => {
  const folder = join(home, 'postgres')
  server = await startPostgres({ folder, fsync: false })
  const hba = join(folder, 'pg_hba.conf')
  writeFileSync(hba, `local all portico_app,portico_queue scram-sha-256\n${readFileSync(hba, 'utf8')}`)
  const superuser = new pg.Client({ connectionString: roleUrl(server.ownerUrl, 'postgres') })
  await superuser.connect()
  await superuser.query('select pg_reload_conf()')
  await superuser.end()
}, 60_000)
afterAll(async () => {
  await server?.stop()
  rmSync(home, { recursive: true, force: true })
})

async function signsIn(role: string, password: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: roleUrl(server.ownerUrl, role, password) })
  const connected = await client.connect().then(
    () => true,
    () => false,
  )
  await client.end().catch(() => {})
  return connected
}

test('the roles keep their passwords: other keys are refused with a sentence, and new ones are given by name', async () => {
  const { ownerUrl } = server
  const first = { app: 'first-app', queue: 'first-queue' }
  await migrate(ownerUrl, undefined, first)
  await migrate(ownerUrl, undefined, first)
  const other = { app: 'other-app', queue: 'other-queue' }
  await expect(migrate(ownerUrl, undefined, other)).rejects.toThrow(
    /portico_app has another password.*DATABASE_APP_URL.*--new-passwords/,
  )
  expect([await signsIn('portico_app', first.app), await signsIn('portico_app', other.app)]).toEqual([true, false])
  await migrate(ownerUrl, undefined, { ...other, renew: true })
  expect([await signsIn('portico_app', first.app), await signsIn('portico_queue', other.queue)]).toEqual([false, true])
})

test('the queues are installed again where another version installed them, and left alone where this one did', async () => {
  const { ownerUrl } = server
  const superuser = new pg.Client({ connectionString: roleUrl(ownerUrl, 'postgres') })
  await superuser.connect()
  const queues = async () =>
    (await superuser.query('select name from pgboss.queue order by name')).rows.map(row => row.name)
  await migrate(ownerUrl)
  expect(await queues()).toEqual(['events', 'timed'])
  await superuser.query(`delete from pgboss.queue where name = 'timed'`)
  await migrate(ownerUrl)
  expect(await queues()).toEqual(['events'])
  await superuser.query(`comment on schema pgboss is 'pg-boss 1.0.0'`)
  await migrate(ownerUrl)
  expect(await queues()).toEqual(['events', 'timed'])
  await superuser.end()
})
