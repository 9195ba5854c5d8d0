import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { startPostgres } from '../src/platform/postgres/embedded.ts'
import { roleUrl } from '../src/platform/postgres/socket.ts'
import { makeCrowd } from '../test/support/crowd.ts'
import { pictureOf } from '../test/support/picture.ts'
import { makeStand, type Stand } from '../test/support/stand.ts'
import { makePractice } from '../test/support/world.ts'
import { paceOf, sayGoal, sayMachine } from './support/say.ts'

const BILLS_EACH = 4

/**
 * A backup of a practice of a hundred thousand invoices (a million with `--full`), its restore into a new built-in database, and
 * both compared row by row by a hash of each table; beside them the most memory that each command had.
 */
export async function run(words: string[]): Promise<boolean> {
  const invoices = paceOf(words).full ? 1_000_000 : 100_000
  const home = mkdtempSync(join(tmpdir(), 'portico-bench-backup-'))
  const stand = await makeStand()
  try {
    const practice = await makePractice(stand.app, 'riverside', {})
    await makeCrowd(stand.superuserUrl, practice, { households: invoices / BILLS_EACH, bills: BILLS_EACH })
    return await measure(stand, home, invoices)
  } finally {
    await stand.end()
    rmSync(home, { recursive: true, force: true })
  }
}

async function measure(stand: Stand, home: string, invoices: number): Promise<boolean> {
  const file = join(home, 'backup')
  const data = join(home, 'data')
  const there = { PORTICO_DATA: data, DATABASE_URL: '', DATABASE_APP_URL: '', DATABASE_QUEUE_URL: '' }
  const made = await watched(stand, ['backup', file], {})
  const restored = await watched(stand, ['restore', file], there)
  sayMachine()
  const size = (statSync(file).size / 2 ** 20).toFixed(0)
  console.log(`${invoices.toLocaleString('en')} invoices: ${size} MiB, written in ${made.seconds.toFixed(1)} s`)
  console.log(`restored and analyzed in ${restored.seconds.toFixed(1)} s`)
  const isEqual = isDeepStrictEqual(await pictureOf(stand.superuserUrl), await pictureThere(data))
  const checked = await stand.run(['ledger', 'check'], there)
  console.log(checked.out.trim() || checked.said.trim())
  const held = [
    sayGoal('tables that differ after the restore', isEqual ? 0 : 1, { most: 0 }),
    sayGoal('ledger check of the restored store, status', checked.status ?? 1, { most: 0 }),
    sayGoal('most memory while writing', made.mebibytes, { most: 200 }, ' MiB'),
    sayGoal('most memory while restoring', restored.mebibytes, { most: 200 }, ' MiB'),
  ]
  return held.every(Boolean)
}

/** Runs a command of the build, and looks at the most memory that it has had until it ends. */
async function watched(
  stand: Stand,
  words: string[],
  env: Record<string, string>,
): Promise<{ seconds: number; mebibytes: number }> {
  const started = performance.now()
  const command = stand.start(words[0] ?? '', words, env)
  const status = `/proc/${command.pid}/status`
  let kibibytes = 0
  const looking = setInterval(() => {
    const peak = existsSync(status) ? /VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] : undefined
    kibibytes = Math.max(kibibytes, Number(peak ?? 0))
  }, 50)
  const ended = await command.ended
  clearInterval(looking)
  if (ended.status !== 0) throw new Error(`portico ${words.join(' ')} ended with ${ended.status}`)
  return { seconds: (performance.now() - started) / 1000, mebibytes: kibibytes / 1024 }
}

async function pictureThere(data: string): Promise<Record<string, string>> {
  const server = await startPostgres({ folder: join(data, 'postgres') })
  try {
    return await pictureOf(roleUrl(server.ownerUrl, 'postgres'))
  } finally {
    await server.stop()
  }
}
