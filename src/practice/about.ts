import { sql } from 'kysely'
import { dayIn } from '../kernel/dates.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { assert } from '../kernel/refusal.ts'
import { remembered } from '../kernel/remembered.ts'
import type { App } from '../platform/app.ts'
import { rows, type Tx } from '../platform/database.ts'
import { type Practice, practiceColumns, practiceSource } from './practices.ts'
import { Settings } from './settings.ts'

/** A practice with what it has decided: what nearly everything begins by reading. */
export type About = { readonly practice: Practice; readonly settings: Readonly<Settings> }
type AboutRow = Practice & { readonly decided: string }

/** The query that reads both at once, for batches; give its rows to aboutFrom. */
export function selectAbout(practice: PracticeId) {
  return sql<AboutRow>`select ${practiceColumns}, coalesce((select jsonb_object_agg(s.name, s.value) from practice.setting s
    where s.practice_id = p.practice_id), '{}')::text as decided from ${practiceSource} where p.practice_id = ${practice}`
}

export function aboutFrom([row]: readonly AboutRow[]): About {
  assert(row, 'a practice sees itself')
  const { decided, ...practice } = row
  return { practice, settings: settingsOf(decided) }
}

/** The practice in whose scope the transaction runs. */
export async function getAbout(tx: Tx, practice: PracticeId): Promise<About> {
  return aboutFrom(await rows(tx, selectAbout(practice)))
}

/** The day it is now at the practice. */
export function todayAt(app: Pick<App, 'now'>, { practice }: About): Temporal.PlainDate {
  return dayIn(practice.timeZone, app.now())
}

/** One object for all who read it: nobody changes it. */
const settingsOf = remembered(500, (decided: string): Settings => Settings.parse(JSON.parse(decided)))
