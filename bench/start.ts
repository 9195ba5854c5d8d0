import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { startPostgres } from '../src/platform/postgres/embedded.ts'
import { builtEntry } from '../test/support/processes.ts'
import { median } from './support/load.ts'
import { paceOf, sayGoal, sayMachine } from './support/say.ts'

/**
 * From `npm start`'s own command to the first page, installed and built: on a fresh data folder, whose demo practices it makes,
 * and on the store that it left. Beside it the engine alone: a new cluster, and a start on it.
 */
export async function run(words: string[]): Promise<boolean> {
  const { rounds } = paceOf(words)
  await builtEntry()
  const fresh: number[] = []
  const existing: number[] = []
  const engineFresh: number[] = []
  const engineAgain: number[] = []
  for (let round = 0; round < rounds; round++) {
    const data = mkdtempSync(join(tmpdir(), 'portico-bench-start-'))
    fresh.push(await firstPage(data))
    existing.push(await firstPage(data))
    engineFresh.push(await engine(join(data, 'engine')))
    engineAgain.push(await engine(join(data, 'engine')))
    rmSync(data, { recursive: true, force: true })
  }
  sayMachine()
  console.log(`the engine alone: ${seconds(engineFresh)} on a new folder, ${seconds(engineAgain)} on its own`)
  console.log(`first page: ${seconds(fresh)} on a new folder (seeded), ${seconds(existing)} on its own`)
  const ratio = median(existing) / median(engineAgain)
  console.log(`an existing store takes ${ratio.toFixed(1)} times the engine's own start`)
  const old = sayGoal('ready on an existing store', median(existing), { most: 1.5 }, ' s')
  return sayGoal('ready on a fresh one, installed and built, seeded', median(fresh), { most: 20 }, ' s') && old
}

/** Starts everything, asks for the page it prints, and stops it again; answers the seconds until that page had come. */
async function firstPage(data: string): Promise<number> {
  const started = performance.now()
  const env = { ...process.env, PORTICO_DATA: data, PORT: '0', SANDBOX_PORT: '0', PORTICO_MODE: 'demo' }
  const child = spawn(process.execPath, ['bin/start.mjs'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const page = await fetch(await portalOf(child))
  if (!page.ok) throw new Error(`the first page was answered with ${page.status}`)
  await page.text()
  const took = (performance.now() - started) / 1000
  child.kill('SIGINT')
  await once(child, 'exit')
  return took
}

async function portalOf({ stdout, stderr }: ChildProcess): Promise<string> {
  if (!stdout || !stderr) throw new Error('the run has no pipes')
  const said = text(stderr)
  for await (const line of createInterface(stdout)) if (line.startsWith('portal: ')) return line.slice(8)
  throw new Error(await said)
}

async function engine(folder: string): Promise<number> {
  const started = performance.now()
  const server = await startPostgres({ folder })
  const took = (performance.now() - started) / 1000
  await server.stop()
  return took
}

function seconds(values: readonly number[]): string {
  return `${median(values).toFixed(2)} s`
}
