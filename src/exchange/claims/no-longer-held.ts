import { sql } from 'kysely'
import type { PracticeId } from '../../kernel/ids.ts'
import { list, rows, type Tx } from '../../platform/database.ts'
import type { FileReport } from '../file-report.ts'

const WHY = 'It was held when the file came, and is not any more.'

/** The report of a file that came before, as it is now: what staff, or later files, have decided since is held no longer. */
export async function withoutDecided(tx: Tx, practice: PracticeId, report: FileReport): Promise<FileReport> {
  if (report.held.length === 0) return report
  const found = await rows(
    tx,
    sql<{ name: string }>`select name from exchange.claim
      where practice_id = ${practice} and name = any (${list(report.held.map(one => one.claim))})
      group by name having not bool_or(state = 'held')`,
  )
  const decided = new Set(found.map(one => one.name))
  return {
    ...report,
    held: report.held.filter(one => !decided.has(one.claim)),
    notes: [
      ...report.notes,
      ...report.held.filter(one => decided.has(one.claim)).map(({ claim }) => ({ claim, why: WHY })),
    ],
    claims: report.claims.map(one =>
      one.is === 'held' && decided.has(one.claim) ? { ...one, is: 'noted', why: WHY } : one,
    ),
  }
}
