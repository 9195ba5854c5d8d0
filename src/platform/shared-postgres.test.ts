import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findPostgres, leasePostgres, withDatabase } from './shared-postgres.ts'

const home = mkdtempSync(join(tmpdir(), 'portico-lease-'))
const folder = join(home, 'postgres')
const lease = () => leasePostgres({ folder, fsync: false })
const isRunning = async () => (await findPostgres(folder, undefined)).running
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('users who come at once share one server, and the last one out stops it', async () => {
  const users = await Promise.all([lease(), lease(), lease()])
  expect(users.filter(user => !user.adopted)).toHaveLength(1)
  for (const user of users) {
    expect(await isRunning()).toBe(true)
    await user.release()
  }
  expect(await isRunning()).toBe(false)
})

test('what a killed user left running is stopped by the next one', async () => {
  const script = `
    const { leasePostgres } = await import(${JSON.stringify(join(import.meta.dirname, 'shared-postgres.ts'))})
    const { pid } = await leasePostgres(${JSON.stringify({ folder, fsync: false })})
    console.log(pid)
    setInterval(() => {}, 1000)`
  const user = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [pid] = await once(user.stdout, 'data')
  user.kill('SIGKILL')
  await once(user, 'exit')
  expect(await isRunning()).toBe(true)
  const next = await lease()
  expect(next).toMatchObject({ adopted: true, pid: Number(pid) })
  await next.release()
  expect(await isRunning()).toBe(false)
})

test('a command starts the server for its work, and uses another one when DATABASE_URL names it', async () => {
  expect(await withDatabase({ dataFolder: home }, isRunning)).toBe(true)
  expect(await isRunning()).toBe(false)
  const databaseUrl = 'postgresql://elsewhere/portico'
  expect(await withDatabase({ dataFolder: home, databaseUrl }, url => Promise.resolve(url))).toBe(databaseUrl)
})
