import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { enters } from './account.ts'
import { startPostgres } from './embedded.ts'
import type { Postgres } from './postgres.ts'

const home = mkdtempSync(join(tmpdir(), 'portico-postgres-'))
const folder = join(home, 'store', 'postgres')
afterAll(() => rmSync(home, { recursive: true, force: true }))

async function started(at = folder): Promise<Postgres> {
  const server = await startPostgres({ folder: at, fsync: false })
  onTestFinished(() => server.stop())
  return server
}

async function ask(url: string, ...queries: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end())
  let rows: unknown[] = []
  for (const query of queries) ({ rows } = await client.query(query))
  return rows
}

test('a new cluster has an owner who is no superuser and can make the other roles', async () => {
  const { ownerUrl, adopted } = await started()
  expect(adopted).toBe(false)
  const roles = [
    'create role portico_app login',
    'create role portico_queue login',
    'grant portico_queue to current_user',
  ]
  await ask(ownerUrl, ...roles, 'set role portico_queue', 'reset role', 'create table kept (n int)')
  await ask(ownerUrl, 'insert into kept values (7)')
  expect(await ask(ownerUrl, 'show is_superuser')).toEqual([{ is_superuser: 'off' }])
  expect(await ask(ownerUrl, 'show data_checksums')).toEqual([{ data_checksums: 'on' }])
  const letters = "similarity('Иванова', 'Иванов') > 0.5 as similar"
  expect(await ask(ownerUrl, 'create extension pg_trgm', `select ${letters}`)).toEqual([{ similar: true }])
})

test('a server that runs already is adopted, and stopped by whoever adopted it', async () => {
  const first = await started()
  const second = await started()
  expect(second).toMatchObject({ adopted: true, pid: first.pid, ownerUrl: first.ownerUrl })
  await second.stop()
  await first.exited
  await second.exited
  expect(existsSync(join(folder, 'postmaster.pid'))).toBe(false)
})

test('a server killed with sessions open comes back with its data', async () => {
  const { pid, ownerUrl, exited } = await started()
  await ask(ownerUrl, 'insert into kept values (8)')
  process.kill(pid, 'SIGKILL')
  await exited
  const again = await started()
  expect(again.adopted).toBe(false)
  expect(await ask(again.ownerUrl, 'select n from kept order by n')).toEqual([{ n: 7 }, { n: 8 }])
})

test('a stale lock file whose number now belongs to another process does not stop the start', async () => {
  const { pid, exited } = await started()
  const path = join(folder, 'postmaster.pid')
  process.kill(pid, 'SIGKILL')
  await exited
  writeFileSync(path, readFileSync(path, 'utf8').replace(String(pid), String(process.ppid)))
  expect(await started()).toMatchObject({ adopted: false })
})

test('a path too long for a socket gets one in the temporary folder, and what a killed initdb left goes away', async () => {
  const long = join(home, 'a'.repeat(120), 'postgres')
  const half = `${long}.new-1`
  mkdirSync(half, { recursive: true })
  const { ownerUrl } = await started(long)
  expect(ownerUrl).toContain(encodeURIComponent(join(tmpdir(), 'portico-')))
  expect(await ask(ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(existsSync(half)).toBe(false)
})

test('a cluster of another version is refused with a sentence', async () => {
  const other = join(home, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'PG_VERSION'), '14\n')
  await expect(started(other)).rejects.toThrow('was made by PostgreSQL 14')
})

test.runIf(process.getuid?.() === 0)('root keeps a cluster below a folder that only root can enter', async () => {
  const closed = join(home, 'closed')
  mkdirSync(closed, { mode: 0o700 })
  expect(enters(65534, closed)).toBe(false)
  const { ownerUrl } = await started(join(closed, 'postgres'))
  expect(await ask(ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }])
})
