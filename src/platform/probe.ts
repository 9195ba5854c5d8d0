import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { App } from './app.ts'
import type { Db } from './database.ts'

type Needs = Pick<App, 'config' | 'db'>

/** An answer is good for so long: whoever asks again and again writes no more than this allows. */
const GOOD_MS = 1_000
const PATIENCE_MS = 5_000
/** More than a file system has left over in what it has given out. */
const PIECE = Buffer.alloc(64 * 1024, '.')

const answers = new WeakMap<Db, { readonly until: number; readonly answer: Promise<boolean> }>()

/** Whether the store takes a write: a row in the database, to the disk, and, where mails stay in the data folder, a file there. */
export function canWrite(app: Needs): Promise<boolean> {
  const known = answers.get(app.db)
  if (known && performance.now() < known.until) return known.answer
  const tried = Promise.all([writeRow(app), writeFolder(app)]).then(
    () => true,
    () => false,
  )
  const answer = Promise.race([tried, pause(PATIENCE_MS, false, { ref: false })])
  answers.set(app.db, { until: performance.now() + GOOD_MS, answer })
  return answer
}

async function writeRow({ db }: Needs): Promise<void> {
  await db.pool.query('insert into platform.probe values (now()); delete from platform.probe')
}

async function writeFolder({ config }: Needs): Promise<void> {
  if (config.smtpUrl) return
  const file = join(config.dataFolder, `.probe-${process.pid}-${randomBytes(4).toString('hex')}`)
  try {
    await writeFile(file, PIECE, { mode: 0o600 })
  } finally {
    await rm(file, { force: true })
  }
}
