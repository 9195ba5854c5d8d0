import { sql } from 'kysely'
import type { PracticeId } from '../kernel/ids.ts'
import { remembered } from '../kernel/remembered.ts'
import { type Practice, practiceColumns, practiceSource } from './practices.ts'
import { Settings } from './settings.ts'

/** A practice with what it has decided: what nearly everything begins by reading. */
export type About = { readonly practice: Practice; readonly settings: Settings }
type AboutRow = Practice & { readonly decided: string }

/** The query that reads both at once, for batches; give its rows to aboutFrom. */
export function selectAbout(practice: PracticeId) {
  return sql<AboutRow>`select ${practiceColumns}, coalesce((select jsonb_object_agg(s.name, s.value) from practice.setting s
    where s.practice_id = p.practice_id), '{}')::text as decided from ${practiceSource} where p.practice_id = ${practice}`
}

/** Undefined where this transaction sees no such practice. */
export function aboutFrom([row]: readonly AboutRow[]): About | undefined {
  if (!row) return undefined
  const { decided, ...practice } = row
  return { practice, settings: settingsOf(decided) }
}

const settingsOf = remembered(500, (decided: string): Settings => Settings.parse(JSON.parse(decided)))
