import { isSeeded, seedDemo } from '../../seeds/demo.ts'
import { isOfDemo, recordEvent } from '../audit/events.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import { transact } from '../platform/database.ts'
import { Trouble } from '../platform/trouble.ts'
import { findBySlug, isForDemo } from '../practice/practices.ts'
import type { OpenApp } from './app.ts'
import { demoLines } from './demo-lines.ts'

/** Makes the demo practices where they are not, refuses a store with practices of somebody's own, tells how far it is, and answers with the lines that a start prints. */
export async function seed(app: OpenApp, onProgress: (line: string) => void): Promise<string[]> {
  if (!(await isForDemo(app.db)))
    throw new Trouble(
      'This store has practices of its own; the demo is made in an empty one alone: another PORTICO_DATA or DATABASE_URL.',
    )
  const today = dayIn('America/New_York', app.now())
  if (!(await isSeeded(app)))
    await seedDemo(app, { today, onProgress: (done, steps, what) => onProgress(`${done + 1} of ${steps}: ${what}`) })
  await markMade(app)
  return demoLines(app.config.url)
}

/** Readiness waits for this, the demo's last act. */
async function markMade(app: OpenApp): Promise<void> {
  const practice = await findBySlug(app.db, 'riverside')
  if (!practice) return
  await transact(app.db, wholePractice(practice.id), async tx => {
    if (await isOfDemo(tx, practice.id, 'demo.made')) return
    await recordEvent(app, tx, system(practice.id, 'demo'), { type: 'demo.made', subject: practice.id })
  })
}
