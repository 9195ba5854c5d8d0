import { isSeeded, seedDemo } from '../../seeds/demo.ts'
import { isOfDemo, recordEvent } from '../audit/events.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import { transact } from '../platform/database.ts'
import { findBySlug } from '../practice/practices.ts'
import type { OpenApp } from './app.ts'
import { demoLines } from './demo-lines.ts'

/** Makes the demo practices where they are not, tells how far it is, and answers with the lines that a start prints. */
export async function seed(app: OpenApp, onProgress: (line: string) => void): Promise<string[]> {
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
