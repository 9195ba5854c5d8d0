import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'

const data = mkdtempSync(join(tmpdir(), 'portico-start-'))
const runs: ChildProcess[] = []
afterAll(() => {
  for (const run of runs) run.kill('SIGINT')
  rmSync(data, { recursive: true, force: true })
})

function start(program = 'bin/start.mjs'): ChildProcess {
  const env = { ...process.env, PORTICO_DATA: data, PORT: '0', SANDBOX_PORT: '0', PORTICO_MODE: 'demo', NODE_ENV: '' }
  const run = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  runs.push(run)
  return run
}

async function portalOf(run: ChildProcess): Promise<string> {
  if (!run.stdout || !run.stderr) throw new Error('the run has no pipes')
  const said = text(run.stderr)
  for await (const line of createInterface(run.stdout)) if (line.startsWith('portal: ')) return line.slice(8)
  throw new Error(await said)
}

const isReady = async (portal: string) => (await fetch(new URL('/readyz', portal))).ok
const postmaster = () => Number(readFileSync(join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])

describe('npm start', { timeout: 120_000 }, () => {
  test('starts everything, refuses a second run, and stops everything', async () => {
    const run = start()
    expect(await isReady(await portalOf(run))).toBe(true)
    const second = start()
    const [why] = await Promise.all([second.stderr ? text(second.stderr) : '', once(second, 'exit')])
    expect(why).toContain(`Portico runs on ${data} already`)
    expect(second.exitCode).toBe(1)
    run.kill('SIGINT')
    await once(run, 'exit')
    expect(run.exitCode).toBe(0)
    expect(existsSync(join(data, 'postgres', 'postmaster.pid'))).toBe(false)
  })

  test('takes over what a killed run left, and brings back a database that is killed', async () => {
    const killed = start()
    await portalOf(killed)
    const database = postmaster()
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    const run = start()
    const portal = await portalOf(run)
    expect(postmaster()).toBe(database)
    process.kill(database, 'SIGKILL')
    await expect.poll(() => isReady(portal), { timeout: 30_000 }).toBe(true)
    await expect.poll(postmaster, { timeout: 30_000 }).not.toBe(database)
    run.kill('SIGTERM')
    await once(run, 'exit')
    expect(run.exitCode).toBe(0)
  })
})

describe('npm run dev', { timeout: 60_000 }, () => {
  test('that is killed takes the app with it; the next run takes over', async () => {
    const run = start('bin/dev.mjs')
    const portal = await portalOf(run)
    run.kill('SIGKILL')
    await expect.poll(() => isReady(portal).catch(() => 'gone'), { timeout: 20_000 }).toBe('gone')
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('ends on %s, and everything with it', async signal => {
    const run = start('bin/dev.mjs')
    const portal = await portalOf(run)
    expect(await isReady(portal)).toBe(true)
    run.kill(signal)
    await once(run, 'exit')
    expect(run.exitCode).toBe(0)
    await expect(isReady(portal)).rejects.toThrow()
    expect(existsSync(join(data, 'postgres', 'postmaster.pid'))).toBe(false)
  })
})
